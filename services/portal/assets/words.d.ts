/** @param bytes a whole number or a rate */
export function humanSize(bytes: number): string;
export function humanLimit(bytes: number): string;
/** Empty when it cannot be told. */
export function timeLeft(seconds: number): string;
export function duration(seconds: number): string;
