import { createServer, type Server } from 'node:http';
import type { AgentReadiness } from './types.ts';

/** For the portals, which show it, and for the health check. Nothing here changes anything. */
export function agentServer(readiness: () => AgentReadiness): Server {
  return createServer((request, response) => {
    const body = bodyOf(request.url, readiness);
    const status = request.method !== 'GET' && request.method !== 'HEAD' ? 405 : body ? 200 : 404;
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    response.end(status === 200 && request.method === 'GET' ? JSON.stringify(body) : undefined);
  });
}

function bodyOf(url: string | undefined, readiness: () => AgentReadiness): object | undefined {
  if (url === '/-/ready') return readiness();
  return url === '/-/live' ? { node: readiness().node, live: true } : undefined;
}
