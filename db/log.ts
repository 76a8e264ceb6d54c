export type Level = 'debug' | 'info' | 'warn' | 'error';

/** JSON lines in the same shape as the portal's (services/platform/log.ts); this image carries no libraries. */
export function createLog(
  node: string,
  write: (line: string) => void = (line) => process.stdout.write(line),
) {
  return (level: Level, msg: string, more: Record<string, unknown> = {}): void => {
    write(
      `${JSON.stringify({ level, time: new Date().toISOString(), service: 'db', node, ...more, msg })}\n`,
    );
  };
}

export type Log = ReturnType<typeof createLog>;

/** mariadbd's `2026-11-21 1:26:01 0 [Note] WSREP: …` → level and text. */
export function parseServerLine(line: string): { level: Level; text: string } {
  const match = /^\d{4}-\d\d-\d\d +\d+:\d\d:\d\d \d+ \[(Note|Warning|ERROR)\] (.*)$/s.exec(line);
  if (match === null) return { level: 'info', text: line };
  const level = match[1] === 'ERROR' ? 'error' : match[1] === 'Warning' ? 'warn' : 'info';
  return { level, text: match[2]! };
}
