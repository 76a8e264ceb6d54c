/** The configuration of the nginx that the load balancer is compared with: the same one, without a portal behind it. Pure. */
import { PorticoError } from '../../platform/errors.ts';

/** What both are to have alike. Two spaces stand before a directive of `http` or of the server in the repository's files. */
const OF_NGINX = ['sendfile', 'tcp_nopush', 'keepalive_timeout', 'open_file_cache', 'open_file_cache_valid'];
const OF_MAIN = ['worker_processes', 'worker_rlimit_nofile'];
const OF_SERVER = [
  'listen',
  'http2',
  'ssl_certificate',
  'ssl_certificate_key',
  'ssl_protocols',
  'ssl_ciphers',
  'ssl_session_cache',
  'ssl_session_timeout',
];

/** nginx makes these by itself, for its file. */
const ITS_OWN = new Set([
  'accept-ranges',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'server',
  'transfer-encoding',
]);

export interface StaticFiles {
  /** nginx's location: `/apis/`. */
  location: string;
  /** What the load balancer answers with: its headers are sent here, too, so that both answers are of one size. */
  headers: Record<string, string | string[] | undefined>;
}

/**
 * @param nginxConf nginx/nginx.conf
 * @param portalConf nginx/portal.conf
 * @throws PorticoError 'internal': one of the directives is no longer there
 */
export function staticConf(nginxConf: string, portalConf: string, files: readonly StaticFiles[]): string {
  const main = OF_MAIN.map((name) => directive(nginxConf, name, ''));
  const http = OF_NGINX.map((name) => directive(nginxConf, name, '  '));
  const server = OF_SERVER.map((name) => directive(portalConf, name, '  '));
  return `daemon off;
pid /tmp/nginx.pid;
error_log stderr warn;
${main.join('\n')}
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  log_format portico escape=json '{"time":"$time_iso8601","service":"static","client":"$remote_addr","requestId":"$request_id",'
    '"method":"$request_method","path":"$uri","status":$status,"bytes":$bytes_sent,"received":$request_length,'
    '"seconds":$request_time,"protocol":"$server_protocol","userAgent":"$http_user_agent"}';
  access_log /dev/stdout portico;
  server_tokens off;
  client_body_temp_path /tmp/unused;
  proxy_temp_path /tmp/unused;
  fastcgi_temp_path /tmp/unused;
  uwsgi_temp_path /tmp/unused;
  scgi_temp_path /tmp/unused;
  ${http.join('\n  ')}
  server {
    ${server.join('\n    ')}
    root /bench/static;
    etag off;
    if_modified_since off;
${files.map(locationOf).join('\n')}
  }
}
`;
}

function directive(text: string, name: string, indent: string): string {
  const found = new RegExp(`^${indent}(${name} [^\\n]*;)[^\\n]*$`, 'm').exec(text)?.[1];
  if (found === undefined)
    throw new PorticoError(
      'internal',
      `nginx/ has no directive "${name}" any more; services/drills/bench/static-conf.ts copies it.`,
    );
  return found;
}

function locationOf({ location, headers }: StaticFiles): string {
  const type = String(headers['content-type'] ?? 'application/octet-stream');
  const added = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || ITS_OWN.has(name)
      ? []
      : [`      add_header ${name} ${quoted([value].flat().join(', '))};`],
  );
  // The files have no ending; an empty list leaves them the default type.
  return [
    `    location ${location} {`,
    '      types {}',
    `      default_type ${quoted(type)};`,
    '      add_header Last-Modified "";',
    ...added.filter((line) => !line.includes('add_header last-modified ')),
    '    }',
  ].join('\n');
}

/** As nginx reads it: without its variables. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('$', '')}"`;
