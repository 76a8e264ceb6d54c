// One attempt to bring one file's bytes over, by tus-js-client. Whether there is another is decided by the queue.
import './tus.js';

const { Upload } = globalThis.tus;
const ENDPOINT = new URL('/api/v1/uploads', location.href).href;
/** Bytes that do not move for so long are taken for stuck, a receipt that does not come for lost: ms. The load balancer gives a silent portal less. */
const STALL_MS = 30_000;
const SAVE_MS = 300_000;

/**
 * tus-js-client begins a new upload when it cannot learn how far the old one is. That would send again what was
 * acknowledged, so an attempt that has an address is given no endpoint: then its failure is an error, and no more.
 * Each attempt is a new one of the library's uploads, so nothing of one that was stopped can wake up in the next.
 *
 * @param {{file: File, visibility: string, key: string, url: string | undefined, csrfToken: string}} upload
 * @param {{begun(url: string): void, progress(sent: number): void, kept(offset: number): void, done(response): void, failed(problem): void}} on
 * @returns {() => void} stops it; nothing is called afterwards
 */
export function attempt({ file, visibility, key, url, csrfToken }, on) {
  let stopped = false;
  let told = false;
  let stall;
  const stop = () => {
    stopped = true;
    clearTimeout(stall);
    tusUpload.abort();
  };
  const patience = (ms) => {
    clearTimeout(stall);
    stall = setTimeout(() => {
      stop();
      on.failed({ status: 0 });
    }, ms);
  };
  const unlessStopped = (work) => (value) => {
    if (!stopped) work(value);
  };

  const tusUpload = new Upload(file, {
    ...(url ? { uploadUrl: url } : { endpoint: ENDPOINT }),
    metadata: { filename: file.name, visibility },
    retryDelays: null,
    storeFingerprintForResuming: false,
    onBeforeRequest(request) {
      if (request.getMethod() !== 'HEAD') request.setHeader('X-CSRF-Token', csrfToken);
      if (request.getMethod() === 'POST') request.setHeader('Idempotency-Key', key);
      request.setHeader('Accept', 'application/json');
    },
    onUploadUrlAvailable: unlessStopped(() => {
      tusUpload.options.endpoint = null;
      on.begun(tusUpload.url);
    }),
    onProgress(sent) {
      if (stopped) return;
      // The first that is told is from where it goes on.
      if (!told) on.kept(sent);
      told = true;
      // With all bytes gone the portal hashes and keeps them.
      patience(sent < file.size ? STALL_MS : SAVE_MS);
      on.progress(sent);
    },
    onSuccess: unlessStopped(({ lastResponse }) => {
      clearTimeout(stall);
      const header = (name) => lastResponse.getHeader(name) ?? '';
      on.done({
        media: header('Portico-Media'),
        sha256: header('Portico-Sha256'),
        node: header('X-Portico-Node'),
      });
    }),
    onError: unlessStopped((error) => {
      clearTimeout(stall);
      on.failed(problemOf(error));
    }),
  });
  patience(STALL_MS);
  tusUpload.start();
  return stop;
}

/** Ends an upload at the portal. @returns whether it is gone */
export async function terminate(url, { csrfToken }) {
  const response = await fetch(url, {
    method: 'DELETE',
    headers: { 'X-CSRF-Token': csrfToken, 'Tus-Resumable': '1.0.0' },
  });
  return response.ok || response.status === 404 || response.status === 410;
}

function problemOf(error) {
  const response = error.originalResponse;
  // A file that was moved or changed since it was chosen fails before anything is asked of the portal.
  if (!error.originalRequest) return { status: -1, detail: 'The file cannot be read. Choose it again.' };
  if (!response) return { status: 0 };
  const body = parse(response.getBody());
  return {
    status: response.getStatus(),
    code: body?.code,
    detail: body?.detail,
    retryAfter: Number(response.getHeader('Retry-After')) || undefined,
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's own error page is not JSON; the status says enough.
    return undefined;
  }
}
