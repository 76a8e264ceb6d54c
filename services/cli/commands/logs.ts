import { composeOf, loadConfig } from '../config.ts';
import { plain, print } from '../terminal.ts';

const TAIL = '200';
const A_WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** The last lines of every container, or of the named services; with `follow` on and on until Ctrl-C. */
export async function logs(
  services: string[],
  options: { follow?: boolean; tail?: string },
): Promise<number> {
  const compose = composeOf(loadConfig());
  const args = [
    'logs',
    '--no-color',
    '--tail',
    options.tail ?? TAIL,
    ...(options.follow ? ['--follow'] : []),
  ];
  const { code } = await compose.compose([...args, ...services], {
    onLine: (line) => print(plain(line)),
    check: false,
    ...(options.follow && { deadlineMs: A_WEEK_MS }),
  });
  return code;
}
