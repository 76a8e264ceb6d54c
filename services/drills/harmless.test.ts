import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { harmIn } from './harmless.ts';

describe('what of a page is not the portal’s own', () => {
  const harmful: [what: string, html: string, said: RegExp][] = [
    ['a script', '<p><script>alert(1)</script></p>', /a script/],
    ['a script in disguise', '<ScRiPt >alert(1)</sCRIPT >', /a script/],
    ['a script from elsewhere', '<script src="//evil.example/x.js"></script>', /somebody else/],
    ['a handler', '<img src="/a.png" onerror=alert(1)>', /a handler/],
    ['a handler behind a slash', '<svg/onload=alert(1)>', /cannot be read/],
    ['an address that runs', '<a href="javascript:alert(1)">x</a>', /an address/],
    ['one in disguise', '<a href="java&#115;cript&colon;alert(1)">x</a>', /an address/],
    ['one with a tab', '<a href="java\tscript:alert(1)">x</a>', /an address/],
    ['data', "<a href='data:text/html,x'>x</a>", /an address/],
    ['a picture from elsewhere', '<img src="https://evil.example/x.png">', /from elsewhere/],
    ['another page inside', '<iframe src="/x"></iframe>', /an element/],
    ['another base', '<base href="/x">', /an element/],
    ['a style', '<p style="background:url(x)">', /a style/],
    ['half a tag', '<p><img src="x', /cannot be read/],
  ];
  for (const [what, html, said] of harmful)
    it(what, () =>
      assert.ok(
        harmIn(html).some((one) => said.test(one)),
        harmIn(html).join(),
      ),
    );

  it('is nothing in what the portal writes', () => {
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><script type="module" src="/assets/page.js?v=1"></script>
      <a href="/apis?x=1&amp;y=2" data-nav>APIs</a> <a href="https://a.example" rel="noopener">x</a> <a href="#x">y</a>
      <input type="search" name="q" required><p>&lt;script&gt;alert(1)&lt;/script&gt; onerror=x 1 < 2</p></html>`;
    assert.deepEqual(harmIn(page), []);
  });
});
