import type { ReadStream, WriteStream } from 'node:tty';

const ESC = '\x1b[';
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l`;
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
/** A terminal that knows these shows a frame only when it is whole; the others pass them over. */
const HOLD = `${ESC}?2026h`;
const SHOW = `${ESC}?2026l`;

/** The terminal's second screen: what was on the first is there again afterwards, however this process ends. */
export class Screen {
  readonly #out: WriteStream;
  readonly #in: ReadStream | undefined;
  #shown: string[] = [];
  #open = false;
  readonly #leave = () => this.close();
  readonly #resized = () => {
    this.#shown = [];
    this.#onResize();
  };
  readonly #onResize: () => void;

  /** @param keys is given every key, Ctrl-C among them */
  constructor(
    out: WriteStream,
    input: ReadStream | undefined,
    handlers: { resize(): void; key(key: string): void },
  ) {
    this.#out = out;
    this.#in = input?.isTTY ? input : undefined;
    this.#onResize = handlers.resize;
    process.on('exit', this.#leave);
    // An error that nobody caught is written before the exit, and belongs on the first screen.
    process.on('uncaughtExceptionMonitor', this.#leave);
    out.on('resize', this.#resized);
    this.#open = true;
    out.write(ENTER);
    this.#in?.setRawMode(true);
    this.#in?.setEncoding('utf8').on('data', handlers.key).resume();
  }

  get size(): { width: number; height: number } {
    return { width: this.#out.columns || 80, height: this.#out.rows || 24 };
  }

  /** Writes the lines that differ from what is there. */
  show(lines: readonly string[]): void {
    if (!this.#open) return;
    let changes = this.#shown.length === 0 ? `${ESC}2J` : '';
    for (let row = 0; row < Math.max(lines.length, this.#shown.length); row++) {
      const line = lines[row] ?? '';
      if (this.#shown[row] !== line) changes += `${ESC}${row + 1};1H${ESC}K${line}`;
    }
    this.#shown = [...lines];
    if (changes) this.#out.write(HOLD + changes + SHOW);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#leave);
    process.off('uncaughtExceptionMonitor', this.#leave);
    this.#out.off('resize', this.#resized);
    this.#in?.setRawMode(false).pause();
    this.#out.write(LEAVE);
  }
}
