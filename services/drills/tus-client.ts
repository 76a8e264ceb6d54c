/** Resumable uploads as programs do them: tus-js-client through the load balancer, and what its network card would count. */
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { DefaultHttpStack, type DetailedError, Upload, type UploadOptions } from 'tus-js-client';
import type { ClusterClient } from './client.ts';

/** tus-js-client begins to count anew whenever it made progress, so these bound the tries without any: ms. */
const RETRY_DELAYS = [0, 250, 500, ...Array<number>(40).fill(1000)];

export interface Wire {
  agent: https.Agent;
  /** Bytes handed to the kernel so far, TLS and headers included. */
  sent(): number;
}

/**
 * Connections whose every byte is counted beneath TLS, where nothing is buffered any more but by the kernel. They go to
 * the load balancer's own address: before a port that is published on this very machine stands Docker's forwarder, which
 * takes in many megabytes that the load balancer never sees.
 */
export async function countedWire(client: ClusterClient): Promise<Wire> {
  const address = await client.cluster.address('lb');
  const sockets = new Set<net.Socket>();
  let closed = 0;
  const agent = new https.Agent({ keepAlive: true });
  agent.createConnection = () => {
    const socket = net.connect(8443, address);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      closed += socket.bytesWritten;
    });
    const secure = tls.connect({ socket, ca: client.ca, servername: 'localhost' });
    // tls tells of it, too; but a socket whose own error nobody hears would end the process.
    socket.on('error', (error) => secure.destroy(error));
    return secure;
  };
  const sent = () => [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, closed);
  return { agent, sent };
}

export interface TusUpload {
  id: string;
  /** Requests by method; more than one POST that succeeded would be a second upload of the same file. */
  requests: Record<string, number>;
  created: number;
  /** From the last answer: what Portico says that it keeps. */
  media: string | undefined;
  sha256: string | undefined;
}

export interface TusOptions extends UploadOptions {
  token: string;
  agent?: https.Agent;
}

/** An upload with the client's own defaults, but for how often it tries again. */
export function tusUpload(
  client: ClusterClient,
  file: Buffer | NodeJS.ReadableStream,
  { token, agent, ...options }: TusOptions,
): { upload: Upload; done: Promise<TusUpload> } {
  const { promise: done, resolve, reject } = Promise.withResolvers<TusUpload>();
  const requests: Record<string, number> = {};
  let created = 0;
  const upload = new Upload(file as Buffer, {
    endpoint: new URL('/api/v1/uploads', client.baseUrl).href,
    headers: { authorization: `Bearer ${token}` },
    httpStack: new DefaultHttpStack({ ca: client.ca, servername: 'localhost', agent }),
    retryDelays: RETRY_DELAYS,
    ...options,
    onBeforeRequest(request) {
      requests[request.getMethod()] = (requests[request.getMethod()] ?? 0) + 1;
    },
    onAfterResponse(request, response) {
      if (request.getMethod() === 'POST' && response.getStatus() === 201) created += 1;
    },
    onSuccess({ lastResponse }) {
      const id = String(upload.url?.split('/').at(-1));
      const [media, sha256] = ['Portico-Media', 'Portico-Sha256'].map((name) => lastResponse.getHeader(name));
      resolve({ id, requests, created, media, sha256 });
    },
    onError: (error: Error | DetailedError) => reject(error),
  });
  return { upload, done };
}
