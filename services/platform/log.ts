import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stdout; `service` and `node` stand in every line. Secrets that a request may carry are censored. */
export function createLogger(service: string, node: string, level = 'info'): Logger {
  return pino({
    level,
    base: { service, node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['*.password', '*.token', '*.cookie', '*.authorization'], censor: '[censored]' },
  });
}
