/** Which of the files is the description, and in which format. Pure. */
import { FatalProblem } from './fatal.ts';
import { isObject, text } from './loose.ts';
import type { Format } from './types.ts';

const GRAPHQL = /\.(graphqls?|gql)$/i;
const DATA = /\.(ya?ml|jsonc?)$/i;
/** How tools call the one to begin with. */
const USUAL = /(^|\/)(openapi|swagger|asyncapi|api|index|main|root|spec)\.(ya?ml|json)$/i;
/** Near enough to a format's first line to be worth parsing: JSON or YAML, at the top level or nearly so. */
const SAYS_SO = /(^|[\n{,]\s*)["']?(openapi|swagger|asyncapi)["']?\s*:/;

export const isGraphql = (path: string): boolean => GRAPHQL.test(path);

/** By its name and its first lines. @param text of the file, or what it begins with */
export const saysSo = (path: string, text: string): boolean => DATA.test(path) && SAYS_SO.test(text);

/**
 * @returns the path of the one that says which format it has; `graphql` when all that is there is GraphQL's language
 * @throws FatalProblem when there is none, or no telling which
 */
export function rootOf(files: ReadonlyMap<string, string>): string | 'graphql' {
  const paths = [...files.keys()];
  const only = paths.length === 1 ? paths[0] : undefined;
  if (only !== undefined && !isGraphql(only)) return only;
  const claiming = paths.filter((path) => saysSo(path, files.get(path)!));
  const depth = (path: string) => path.split('/').length;
  const least = Math.min(...claiming.map(depth));
  const nearest = claiming.filter((path) => depth(path) === least);
  if (nearest.length === 1) return nearest[0]!;
  const usual = nearest.filter((path) => USUAL.test(path));
  if (usual.length === 1) return usual[0]!;
  if (nearest.length > 1)
    throw new FatalProblem(
      `Each of these could be where to begin: ${nearest.slice(0, 5).join(', ')}. Call one of them openapi.yaml, or put the others into a folder.`,
    );
  if (paths.some(isGraphql)) return 'graphql';
  throw new FatalProblem(
    'None of the files says what it is: a description begins with "openapi", "swagger" or "asyncapi", or it is GraphQL in a file that ends with .graphql.',
  );
}

/** @throws FatalProblem: it says nothing, or names a version that is not read here */
export function formatOf(document: unknown, path: string): Format {
  if (!isObject(document))
    throw new FatalProblem(
      'This is no API description: an object was expected, with "openapi", "swagger" or "asyncapi" in it.',
      path,
    );
  const { openapi, swagger, asyncapi } = document;
  const [word, said] =
    openapi !== undefined
      ? ['OpenAPI', text(openapi)]
      : swagger !== undefined
        ? ['Swagger', text(swagger)]
        : ['AsyncAPI', text(asyncapi)];
  const minor = /^3\.([012])(\.|$)/.exec(said)?.[1];
  if (word === 'OpenAPI' && minor !== undefined) return `openapi-3.${minor as '0' | '1' | '2'}`;
  // Unquoted, YAML takes it for a number.
  if (word === 'Swagger' && /^2(\.0)?$/.test(said)) return 'swagger-2.0';
  const major = /^([23])\./.exec(said)?.[1];
  if (word === 'AsyncAPI' && major !== undefined) return `asyncapi-${major as '2' | '3'}`;
  if (openapi === undefined && swagger === undefined && asyncapi === undefined)
    throw new FatalProblem(
      'This is no API description: neither "openapi" nor "swagger" nor "asyncapi" is in it.',
      path,
    );
  throw new FatalProblem(
    `${word} ${said || '(no version)'} is not read here; OpenAPI 3.0 to 3.2, Swagger 2.0 and AsyncAPI 2 and 3 are.`,
    path,
  );
}
