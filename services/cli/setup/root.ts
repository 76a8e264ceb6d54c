import { type ExecuteOptions, type ExecuteResult, execute } from '../process.ts';

/** Runs a program as root. On a terminal sudo may ask for a password; without one it fails instead of waiting. */
export function asRoot(
  program: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<ExecuteResult> {
  if (process.getuid?.() === 0) return execute(program, args, options);
  // sudo drops the environment, so what is wanted of it is said again behind it.
  const variables = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const { env: _, ...rest } = options;
  return execute(
    'sudo',
    [...(process.stdin.isTTY ? [] : ['-n']), 'env', ...variables, program, ...args],
    rest,
  );
}
