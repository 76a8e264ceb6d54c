/** A point in time for a page without scripts; page.js shows the reader's own time instead. */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** `1 file`, `2,000 files`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
