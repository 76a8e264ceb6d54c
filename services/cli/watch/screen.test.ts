import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { ReadStream, WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from '../config.ts';
import { execute } from '../process.ts';
import { Screen } from './screen.ts';

const ENTERS = '\x1b[?1049h';
const LEAVES = '\x1b[?1049l';
const SHOWS_CURSOR = '\x1b[?25h';

class FakeTerminal extends EventEmitter {
  columns = 60;
  rows = 10;
  isTTY = true;
  written = '';
  raw = false;
  write(text: string): boolean {
    this.written += text;
    return true;
  }
  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }
  setEncoding(): this {
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  /** What was written since the last time. */
  news(): string {
    const { written } = this;
    this.written = '';
    return written;
  }
}

function opened() {
  const terminal = new FakeTerminal();
  const keys: string[] = [];
  let resized = 0;
  const screen = new Screen(terminal as unknown as WriteStream, terminal as unknown as ReadStream, {
    resize: () => {
      resized += 1;
    },
    key: (key) => keys.push(key),
  });
  return { terminal, screen, keys, resized: () => resized };
}

describe('the screen', () => {
  it('writes only the lines that differ', () => {
    const { terminal, screen } = opened();
    assert.ok(terminal.news().includes(ENTERS));
    screen.show(['one', 'two', 'three']);
    assert.match(stripVTControlCharacters(terminal.news()), /one.*two.*three/s);
    screen.show(['one', 'TWO', 'three']);
    const second = terminal.news();
    assert.ok(second.includes('\x1b[2;1H\x1b[KTWO'));
    assert.doesNotMatch(second, /one|three/);
    screen.show(['one', 'TWO', 'three']);
    assert.equal(terminal.news(), '');
    screen.show(['one']);
    assert.ok(terminal.news().includes('\x1b[3;1H\x1b[K'), 'what is no longer there is wiped away');
    screen.close();
  });

  it('is drawn afresh when the window changes its size', () => {
    const { terminal, screen, resized } = opened();
    screen.show(['one']);
    terminal.news();
    terminal.columns = 140;
    terminal.emit('resize');
    assert.deepEqual([resized(), screen.size], [1, { width: 140, height: 10 }]);
    screen.show(['one']);
    assert.match(terminal.news(), /one/);
    screen.close();
  });

  it('hands keys on, and leaves the terminal as it was, once', () => {
    const { terminal, screen, keys } = opened();
    assert.equal(terminal.raw, true);
    terminal.emit('data', 'q');
    assert.deepEqual(keys, ['q']);
    screen.close();
    screen.close();
    const { written } = terminal;
    assert.equal(written.split(LEAVES).length, 2);
    assert.ok(written.includes(SHOWS_CURSOR));
    assert.equal(terminal.raw, false);
    terminal.news();
    screen.show(['late']);
    assert.equal(terminal.news(), '');
  });

  // What the error's own words come after is on the first screen, where they stay.
  const ends: [string, string, RegExp, string][] = [
    [
      'an error that nobody caught',
      "setTimeout(() => { throw new Error('a slip'); })",
      /Error: a slip/,
      'THE ERROR',
    ],
    ['an early exit', 'process.exit(1)', /^$/, ''],
  ];
  for (const [title, code, said, after] of ends) {
    it(`leaves the terminal as it was after ${title}`, async () => {
      const script = `
        import { Screen } from './services/cli/watch/screen.ts';
        const screen = new Screen(process.stdout, undefined, { resize() {}, key() {} });
        screen.show(['a line']);
        process.on('uncaughtExceptionMonitor', () => process.stdout.write('THE ERROR'));
        ${code};`;
      const args = ['--input-type=module', '--eval', script];
      const {
        stdout,
        stderr,
        code: status,
      } = await execute(process.execPath, args, { check: false, cwd: ROOT });
      assert.equal(status, 1);
      assert.ok(stdout.includes(ENTERS) && stdout.includes('a line'));
      assert.ok(stdout.endsWith(LEAVES + after), JSON.stringify(stdout));
      assert.match(stderr, said);
    });
  }
});
