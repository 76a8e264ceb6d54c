/** How a program calls an operation, in the languages that most ask for. */
import { snippetz } from '@scalar/snippetz';
import { isObject, text } from '../../specs/loose.ts';
import type { AuthScheme, Content, Operation, Overview, Parameter } from '../../specs/model.ts';
import { written } from './written.ts';

export interface CodeSample {
  language: string;
  code: string;
}

const printer = snippetz();
const LANGUAGES = [
  ['curl', 'shell', 'curl'],
  ['JavaScript', 'js', 'fetch'],
  ['Python', 'python', 'requests'],
  ['Go', 'go', 'native'],
  ['Java', 'java', 'okhttp'],
  ['C#', 'csharp', 'httpclient'],
] as const;
/** Where no server is named. */
const NOWHERE = 'https://api.example.com';

export function codeSamples(operation: Operation, overview: Overview): CodeSample[] {
  const request = requestOf(operation, overview);
  return LANGUAGES.flatMap(([language, target, client]) => {
    try {
      const code = printer.print(target, client as never, forTarget(target, request) as never);
      return code ? [{ language, code }] : [];
    } catch {
      // What the library cannot put into one language, the others still show.
      return [];
    }
  });
}

/** The library writes a JSON body for JavaScript as an object, which a string or a number is not. */
function forTarget<T extends { postData?: { text?: string } }>(target: string, request: T): T {
  const { postData } = request;
  if (target !== 'js' || postData?.text === undefined || /^\s*[[{]/.test(postData.text)) return request;
  return { ...request, postData: { ...postData, mimeType: 'text/plain' } };
}

/** As a HAR request: what the library takes. */
function requestOf(operation: Operation, overview: Overview) {
  const parameters = operation.parameters ?? [];
  const needed = (place: string) => parameters.filter((one) => one.place === place && one.required);
  const content = operation.body?.contents[0];
  const example = content?.examples?.[0]?.value;
  const auth = authOf(operation, overview.auth);
  const query = [...needed('query').map((one) => ({ name: one.name, value: valueFor(one) })), ...auth.query];
  const search = query
    .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const path = operation.name.replaceAll(/\{([^}]+)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one.place === 'path' && one.name === name);
    return parameter && parameter.example !== undefined ? encodeURIComponent(valueFor(parameter)) : whole;
  });
  return {
    method: operation.label,
    url: `${serverOf(operation, overview)}${path}${search && `?${search}`}`,
    headers: [
      ...(content ? [{ name: 'Content-Type', value: content.mediaType }] : []),
      ...needed('header').map((one) => ({ name: one.name, value: valueFor(one) })),
      ...auth.headers,
    ],
    ...(content && example !== undefined && { postData: postData(content, example) }),
  };
}

function postData({ mediaType: mimeType, schema }: Content, example: unknown) {
  if (/^application\/x-www-form-urlencoded/i.test(mimeType) && isObject(example))
    return {
      mimeType,
      params: Object.entries(example).map(([name, value]) => ({
        name,
        value: typeof value === 'string' ? value : JSON.stringify(value),
      })),
    };
  return { mimeType, text: written(example, mimeType, schema) };
}

function serverOf(operation: Operation, overview: Overview): string {
  const [server] = operation.servers ?? overview.servers;
  if (server === undefined) return NOWHERE;
  const url = server.url.replaceAll(
    /\{([^}]+)\}/g,
    (whole, name: string) => server.variables?.find((one) => one.name === name)?.default ?? whole,
  );
  // Relative: the API does not say where it is.
  return (/^https?:\/\//.test(url) ? url : `${NOWHERE}${url.startsWith('/') ? url : `/${url}`}`).replace(
    /\/$/,
    '',
  );
}

function valueFor({ name, example, schema }: Parameter): string {
  const of = isObject(schema)
    ? (schema.example ?? schema.default ?? (Array.isArray(schema.enum) ? schema.enum[0] : undefined))
    : undefined;
  return text(example ?? of) || `{${name}}`;
}

/** The first way in that it names. */
function authOf(operation: Operation, schemes: readonly AuthScheme[]) {
  const headers: { name: string; value: string }[] = [];
  const query: { name: string; value: string }[] = [];
  for (const { scheme: name } of operation.security?.[0] ?? []) {
    const scheme = schemes.find((one) => one.name === name);
    if (scheme === undefined) continue;
    if (scheme.type === 'apiKey' && scheme.parameter) {
      const key = { name: scheme.parameter, value: 'YOUR_KEY' };
      if (scheme.place === 'query') query.push(key);
      else if (scheme.place === 'cookie')
        headers.push({ name: 'Cookie', value: `${scheme.parameter}=YOUR_KEY` });
      else headers.push(key);
    } else if (scheme.type === 'http' && scheme.scheme?.toLowerCase() === 'basic')
      headers.push({ name: 'Authorization', value: 'Basic YOUR_CREDENTIALS' });
    else if (['http', 'oauth2', 'openIdConnect'].includes(scheme.type))
      headers.push({ name: 'Authorization', value: 'Bearer YOUR_TOKEN' });
  }
  return { headers, query };
}
