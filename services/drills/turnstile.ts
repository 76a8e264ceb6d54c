/** Lets so many through and no more, until it is opened further: load and faults keep step without a clock. */
export class Turnstile {
  passed = 0;
  #limit = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  /** From now on `limit` in all may pass. */
  open(limit: number): void {
    this.#limit = limit;
    this.#wake();
  }

  /** Whoever waits, and whoever comes, is turned away. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** @returns the number of whoever passes, from 0; undefined when it is closed */
  async pass(): Promise<number | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      if (this.passed < this.#limit) return this.passed++;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
