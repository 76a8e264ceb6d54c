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

/** What stands around the bytes of a form's only file, which are sent as they are read. */
export function fileForm(
  name: string,
  size: number,
): { type: string; length: number; before: Buffer; after: Buffer } {
  const { type, body } = multipart({}, { name, bytes: new Uint8Array() });
  // The empty file is between the blank line after its headers and the last boundary.
  const at = body.indexOf('\r\n\r\n') + 4;
  const [before, after] = [body.subarray(0, at), body.subarray(at)];
  return { type, length: body.length + size, before, after };
}
