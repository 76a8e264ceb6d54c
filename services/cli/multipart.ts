import { randomUUID } from 'node:crypto';

/** One file and what is said of it, as a browser's form sends it: the fields come first. */
export function multipart(
  fields: Record<string, string>,
  file: { name: string; bytes: Uint8Array },
): { type: string; body: Buffer } {
  const boundary = `portico-${randomUUID()}`;
  const part = (disposition: string, content: Uint8Array | string, type = '') => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${type}\r\n`),
    Buffer.from(content as Uint8Array),
    Buffer.from('\r\n'),
  ];
  const quoted = (name: string) => `"${name.replaceAll('"', '%22').replaceAll(/[\r\n]/g, ' ')}"`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([
      ...Object.entries(fields).flatMap(([name, value]) => part(`name=${quoted(name)}`, value)),
      ...part(
        `name="file"; filename=${quoted(file.name)}`,
        file.bytes,
        'Content-Type: application/octet-stream\r\n',
      ),
      Buffer.from(`--${boundary}--\r\n`),
    ]),
  };
}
