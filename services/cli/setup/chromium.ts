import { MachineError } from '../exit.ts';
import { which } from '../process.ts';
import { step } from '../terminal.ts';
import { aptInstall, aptUpdate } from './apt.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ON_MACOS = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** @returns the path of the browser in which the tests run; installed if need be */
export async function ensureChromium(): Promise<string> {
  const found = which(...NAMES) ?? which(ON_MACOS);
  if (found) return found;
  if (process.platform !== 'linux' || !which('apt-get')) {
    throw new MachineError(
      'The browser tests need Chromium or Google Chrome. Install one and run this again.',
    );
  }
  await step('Installing Chromium for the browser tests', async (latest) => {
    await aptUpdate(latest);
    await aptInstall(['chromium', 'fonts-dejavu-core'], latest);
  });
  const installed = which(...NAMES);
  if (!installed) throw new MachineError('apt installed Chromium, yet there is no `chromium` command.');
  return installed;
}
