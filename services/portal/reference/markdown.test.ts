import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { isWebAddress, markdown, markdownInline, plainWords } from './markdown.ts';

describe('Markdown that anybody may have written', () => {
  const table: [what: string, source: string, html: string][] = [
    [
      'is shown as what it means',
      'A **pet**, `id` 1.',
      '<p>A <strong>pet</strong>, <code>id</code> 1.</p>\n',
    ],
    [
      'bears no HTML of its own',
      '<script>alert(1)</script><img src=x onerror=alert(1)>',
      '<p>&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;</p>\n',
    ],
    ['has no script for an address', '[a](javascript:alert(1))', '<p>[a](javascript:alert(1))</p>\n'],
    ['nor one in disguise', '[a](java&#115;cript:alert(1))', '<p>[a](javascript:alert(1))</p>\n'],
    ['nor data', '[a](data:text/html;base64,PHg+)', '<p>[a](data:text/html;base64,PHg+)</p>\n'],
    [
      'loads no picture from elsewhere, but links to it',
      '![A "dog"](https://elsewhere.example/dog.png)',
      '<p><a href="https://elsewhere.example/dog.png" rel="noopener noreferrer nofollow">A &quot;dog&quot;</a></p>\n',
    ],
    [
      'shows this portal’s own pictures',
      '![A dog](/media/1/dog.png)',
      '<p><img src="/media/1/dog.png" alt="A dog"></p>\n',
    ],
    [
      'tells other sites nothing of who follows a link',
      '[x](https://a.example)',
      '<p><a href="https://a.example" rel="noopener noreferrer nofollow">x</a></p>\n',
    ],
    ['puts its headings below the page’s own', '# One', '<h3>One</h3>\n'],
  ];
  for (const [what, source, html] of table) it(what, () => assert.equal(markdown(source), html));

  it('ends in bounded time, however it is nested', () => {
    const began = performance.now();
    for (const piece of ['[', '![', '*a_', '> ', '`', '<', '- ', '|', '&']) markdown(piece.repeat(60_000));
    assert.ok(performance.now() - began < 20_000, `${performance.now() - began} ms`);
  });
});

test('in a row it has no paragraphs, and in a list only its first words', () => {
  assert.equal(markdownInline('A *pet*'), 'A <em>pet</em>');
  assert.equal(plainWords('A **pet** & [its](https://x.example) `name`.\n\nMore.'), 'A pet & its name.');
  assert.equal(plainWords(`${'word '.repeat(60)}`, 20), 'word word word…');
  assert.equal(plainWords(undefined), '');
});

test('a contact’s or a licence’s address is a link only into the web', () => {
  for (const url of ['https://a.example', 'HTTP://a.example/x', 'mailto:a@b.example'])
    assert.ok(isWebAddress(url), url);
  for (const url of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:x',
    'data:text/html,x',
    '//a',
    'x',
  ])
    assert.ok(!isWebAddress(url), url);
});
