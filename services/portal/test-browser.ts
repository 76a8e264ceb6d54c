import assert from 'node:assert/strict';
import { EDGE, PASSWORD } from './test-portal.ts';

/** A client that comes through the load balancer and keeps its cookies. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  readonly #url: string;
  readonly #address: string;

  constructor(url: string, address = '203.0.113.9') {
    this.#url = url;
    this.#address = address;
  }

  async ask(
    path: string,
    options: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.#url + path, {
      redirect: 'manual',
      ...options,
      headers: {
        'X-Portico-Edge': EDGE,
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-For': this.#address,
        ...(cookie ? { Cookie: cookie } : {}),
        ...options.headers,
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/Expires=Thu, 01 Jan 1970/.test(line)) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return answer;
  }

  /** Fills a page's form in and sends it, as a browser without scripts does. */
  async form(page: string, action: string, fields: Record<string, string>): Promise<Response> {
    const html = await (await this.ask(page)).text();
    const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1];
    assert.ok(token, `${page} has a form with a CSRF token`);
    return this.ask(action, { method: 'POST', body: new URLSearchParams({ ...fields, _csrf: token }) });
  }

  async signIn(name: string): Promise<string> {
    const answer = await this.ask('/api/v1/session', json({ name, password: PASSWORD }));
    assert.equal(answer.status, 201);
    return ((await answer.json()) as { csrfToken: string }).csrfToken;
  }
}

export function json(body: unknown, headers: Record<string, string> = {}) {
  return {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  };
}
