// What the interactive reference is given of a description. Pure: the tests run it without a browser.

/**
 * The description with one operation and what that refers to, so that a large one need not be worked through for it.
 * Handed back whole when it refers to itself in a way that is no plain path.
 * @param {object} whole @param {string} method `get` @param {string} path `/pets/{id}`
 */
export function excerpt(whole, method, path) {
  const written = whole.paths?.[path];
  const item = at(whole, written?.$ref ?? '') ?? written;
  if (!item?.[method]) return whole;
  const shared = Object.entries(item).filter(([name]) => !METHODS.has(name));
  const cut = Object.fromEntries(Object.entries(whole).filter(([name]) => !REFERRED.has(name)));
  cut.paths = { [path]: { ...Object.fromEntries(shared), [method]: item[method] } };
  const schemes = whole.components?.securitySchemes;
  cut.components = schemes ? { securitySchemes: schemes } : {};
  if (whole.tags) cut.tags = whole.tags.filter(({ name }) => item[method].tags?.includes(name));

  const known = new Set();
  const waiting = [cut.paths, cut.components];
  while (waiting.length > 0) {
    const value = waiting.pop();
    for (const one of Object.values(value ?? {})) {
      if (typeof one === 'object') waiting.push(one);
      // Not of `$ref` alone: a discriminator's mapping refers, too.
      else if (typeof one === 'string' && one.startsWith('#/') && !known.has(one)) {
        known.add(one);
        const target = at(whole, one);
        if (target === undefined) continue;
        put(cut, whole, one, target);
        waiting.push([target]);
      }
    }
    if (typeof value?.$ref === 'string' && at(whole, value.$ref) === undefined) return whole;
  }
  return cut;
}

/**
 * What a path says for all of its operations, said by each. Swagger UI does the same, and leaves the references among them
 * unresolved when an operation is open from the beginning. Changes what it is given.
 */
export function parametersByOperation(description) {
  for (const item of Object.values(description.paths ?? {})) {
    if (!Array.isArray(item?.parameters)) continue;
    const shared = item.parameters;
    delete item.parameters;
    for (const [method, operation] of Object.entries(item)) {
      if (!METHODS.has(method) || typeof operation !== 'object' || operation === null) continue;
      const own = Array.isArray(operation.parameters) ? operation.parameters : [];
      const names = new Set(own.map((one) => nameOf(description, one)));
      operation.parameters = [...own, ...shared.filter((one) => !names.has(nameOf(description, one)))];
    }
  }
  return description;
}

function nameOf(description, written) {
  const parameter = at(description, written?.$ref ?? '') ?? written;
  return `${parameter?.in} ${parameter?.name}`;
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']);
/** What is only there to be referred to, or is no operation that a client calls. */
const REFERRED = new Set(['paths', 'webhooks', 'components', 'definitions', 'parameters', 'responses']);

const steps = (pointer) =>
  pointer
    .slice(2)
    .split('/')
    .map((step) => decoded(step).replaceAll('~1', '/').replaceAll('~0', '~'));

function decoded(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/** @param {string} pointer `#/components/schemas/Pet` */
function at(whole, pointer) {
  if (!pointer.startsWith('#/')) return undefined;
  let value = whole;
  for (const step of steps(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** Puts a value where it stands in the whole. What came there earlier is the same or a part of it. */
function put(cut, whole, pointer, value) {
  const way = steps(pointer);
  const last = way.pop();
  let place = cut;
  let original = whole;
  for (const step of way) {
    original = original[step];
    if (!Object.hasOwn(place, step)) define(place, step, Array.isArray(original) ? [] : {});
    place = place[step];
  }
  define(place, last, value);
}

/** Also when the description calls something `__proto__`. */
function define(place, name, value) {
  Object.defineProperty(place, name, { value, writable: true, enumerable: true, configurable: true });
}

const BY_HAND =
  'Paste an access token: this page fetches none, so that nobody else learns that you are here.';

/**
 * Whoever gives out tokens is another host, in a window that this page's policy keeps apart. So a token comes from the
 * person, where the description would have it fetched. Changes what it is given.
 */
export function tokensByHand(description) {
  for (const schemes of [description.components?.securitySchemes, description.securityDefinitions])
    for (const [name, scheme] of Object.entries(schemes ?? {}))
      if (scheme?.type === 'oauth2' || scheme?.type === 'openIdConnect')
        define(schemes, name, byHand(scheme, schemes === description.securityDefinitions));
  return description;
}

function byHand(scheme, isSwagger2) {
  const said = [scheme.description, BY_HAND].filter(Boolean).join('\n\n');
  return isSwagger2
    ? {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: `${said} With the word \`Bearer\` and a space before it.`,
      }
    : { type: 'http', scheme: 'bearer', description: said };
}
