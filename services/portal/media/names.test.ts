import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanName } from './names.ts';

const cases: [title: string, raw: string, clean: string][] = [
  ['a plain name stays', 'report 2026.pdf', 'report 2026.pdf'],
  ['a path loses its directories', '../../etc/passwd', 'passwd'],
  ['a Windows path does, too', 'C:\\Users\\ada\\photo.jpg', 'photo.jpg'],
  ['nothing but a way up becomes a file', '../..', 'file'],
  ['an empty name becomes a file', '', 'file'],
  ['a name of blanks becomes a file', ' \t\n ', 'file'],
  ['quotes, emoji and a family of four stay', `"it's" 👨‍👩‍👧‍👦 🏛.png`, `"it's" 👨‍👩‍👧‍👦 🏛.png`],
  ['control characters go', 'a\u0000b\u001b[31mc\u007f.txt', 'ab[31mc.txt'],
  ['a newline becomes a blank', 'two\nlines.txt', 'two lines.txt'],
  ['what turns the text around goes', 'photo\u202Egpj.exe', 'photogpj.exe'],
  ['what draws nothing goes', 'pass\u200bword\ufeff.txt', 'password.txt'],
  ['composed and decomposed are one', 'cafe\u0301.txt', 'caf\u00e9.txt'],
  ['half a character becomes a whole one', 'a\ud800.txt', 'a\ufffd.txt'],
  ['a hidden file keeps its dot', '.env', '.env'],
  ['leading and trailing blanks go', '  a.txt  ', 'a.txt'],
];

for (const [title, raw, clean] of cases) {
  test(`${title}: ${JSON.stringify(raw)}`, () => assert.equal(cleanName(raw), clean));
}

test('a long name is cut before its extension, between characters, at 255 bytes', () => {
  assert.equal(cleanName(`${'a'.repeat(300)}.jpeg`), `${'a'.repeat(250)}.jpeg`);
  const emoji = cleanName(`${'👩🏽‍🚀'.repeat(40)}.png`);
  assert.ok(Buffer.byteLength(emoji) <= 255);
  assert.match(emoji, /^(?:👩🏽‍🚀)+\.png$/u);
  assert.ok(Buffer.byteLength(cleanName('x'.repeat(300))) === 255);
  assert.ok(Buffer.byteLength(cleanName(`a.${'x'.repeat(300)}`)) <= 255);
  assert.equal(cleanName(`e${'\u0301'.repeat(300)}`), 'file', 'one character of 600 bytes');
});

test('a clean name stays as it is when it is cleaned again', () => {
  for (const [, raw] of cases) assert.equal(cleanName(cleanName(raw)), cleanName(raw));
});
