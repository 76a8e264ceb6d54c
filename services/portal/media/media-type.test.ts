import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { detectType } from './media-type.ts';

const PNG = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

const cases: [title: string, content: string | Buffer, name: string, type: string][] = [
  ['a picture', PNG, 'x.png', 'image/png'],
  ['a picture that is called a page', PNG, 'x.html', 'image/png'],
  ['a page', '<!DOCTYPE html><p>hi', 'x.html', 'text/html'],
  ['a page that is called a picture', '<html><script>alert(1)</script>', 'x.png', 'text/html'],
  ['a page that is called text', ' \n<script>alert(1)</script>', 'x.txt', 'text/html'],
  ['a page behind a byte order mark and a comment', '\ufeff<!-- x --> <BODY onload=a()>', 'x', 'text/html'],
  ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'x.svg', 'image/svg+xml'],
  [
    'a drawing behind a declaration',
    '<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="x"></svg>',
    'x',
    'image/svg+xml',
  ],
  ['a drawing with a doctype', '<!DOCTYPE svg PUBLIC "x" "y"><svg/>', 'x', 'image/svg+xml'],
  [
    'a drawing behind a declaration and a doctype',
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "y"><svg/>',
    'x',
    'image/svg+xml',
  ],
  [
    'a page of XML',
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    'x.xml',
    'text/html',
  ],
  ['XML', '<?xml version="1.0"?><note/>', 'x.xml', 'application/xml'],
  ['a document', '%PDF-1.7\n%âãÏÓ\n1 0 obj', 'x.pdf', 'application/pdf'],
  ['text', 'Grüße, 🏛', 'x', 'text/plain'],
  ['JSON, by its name', '{"a": 1}', 'x.json', 'application/json'],
  ['text that is called JSON', 'hello', 'x.json', 'text/plain'],
  ['YAML, by its name', 'openapi: 3.1.0', 'x.yml', 'application/yaml'],
  ['a script, which must not become one', 'alert(1)', 'x.js', 'text/plain'],
  ['a style sheet, which must not become one', 'a { }', 'x.css', 'text/plain'],
  ['a page that is called YAML', '<!doctype html>', 'x.yaml', 'text/html'],
  ['bytes of no kind', Buffer.from([0, 1, 2, 3, 250, 251]), 'x.png', 'application/octet-stream'],
  ['text with a zero byte', 'abc\0def', 'x.txt', 'application/octet-stream'],
];

for (const [title, content, name, type] of cases) {
  test(`${title} is ${type}`, async () => {
    assert.equal(await detectType(Buffer.from(content), name), type);
  });
}

test('a character that the head cuts in two does not make text binary', async () => {
  assert.equal(await detectType(Buffer.from('Grüße 🏛').subarray(0, -2), 'x.txt'), 'text/plain');
});

test('a picture cut off after its head is still a picture', async () => {
  assert.equal(await detectType(PNG.subarray(0, 40), 'x'), 'image/png');
});
