/** What a schema says of itself, in words. Pure. */
import { isObject, type Loose, list, text } from '../../specs/loose.ts';

export type HrefOf = (name: string) => string | undefined;

export interface TypeWord {
  text: string;
  /** It names a schema that has a page. */
  ref?: string;
}

export const WORDS = { oneOf: 'one of', anyOf: 'any of', allOf: 'all of', not: 'not' } as const;
/** Lists of lists. */
const DEEPEST = 8;

export function typeOf(schema: Loose, hrefOf: HrefOf, depth = 0): TypeWord[] {
  if (typeof schema.$ref === 'string') return [named(schema.$ref, hrefOf)];
  const types =
    list(schema.type).length > 0 ? list(schema.type).map(text) : [text(schema.type)].filter(Boolean);
  const nullable = schema.nullable === true && !types.includes('null') ? [{ text: ' or null' }] : [];
  if (types.includes('array') || (types.length === 0 && 'items' in schema)) {
    const inner =
      isObject(schema.items) && depth < DEEPEST
        ? typeOf(schema.items, hrefOf, depth + 1)
        : [{ text: 'anything' }];
    const others = types.filter((type) => type !== 'array').map((type) => ({ text: ` or ${type}` }));
    return [{ text: 'array of ' }, ...inner, ...others, ...nullable];
  }
  if (types.length > 0) return [{ text: types.join(' or ') }, ...nullable];
  for (const key of ['oneOf', 'anyOf', 'allOf'] as const) {
    const parts = list(schema[key]).filter(isObject);
    if (parts.length === 0) continue;
    // One that only adds a description to what it refers to.
    if (parts.length === 1 && depth < DEEPEST) return [...typeOf(parts[0]!, hrefOf, depth + 1), ...nullable];
    return [{ text: WORDS[key] }, ...nullable];
  }
  if ('properties' in schema || 'additionalProperties' in schema) return [{ text: 'object' }, ...nullable];
  if ('enum' in schema) return [{ text: 'one of these values' }, ...nullable];
  return [{ text: 'const' in schema ? 'this value' : 'anything' }, ...nullable];
}

function named(ref: string, hrefOf: HrefOf): TypeWord {
  const name = refName(ref);
  const href = hrefOf(name);
  return href === undefined ? { text: name } : { text: name, ref: href };
}

/** The last part: `#/components/schemas/Pet` is Pet. */
export function refName(ref: string): string {
  const last = ref.split('/').at(-1) ?? ref;
  const plain = last.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

const SENTENCES: Record<string, (value: string) => string> = {
  format: (value) => `format ${value}`,
  minLength: (value) => `at least ${value} character${value === '1' ? '' : 's'}`,
  maxLength: (value) => `at most ${value} character${value === '1' ? '' : 's'}`,
  pattern: (value) => `matches ${value}`,
  minimum: (value) => `at least ${value}`,
  maximum: (value) => `at most ${value}`,
  exclusiveMinimum: (value) => `above ${value}`,
  exclusiveMaximum: (value) => `below ${value}`,
  multipleOf: (value) => `a multiple of ${value}`,
  minItems: (value) => `at least ${value} item${value === '1' ? '' : 's'}`,
  maxItems: (value) => `at most ${value} item${value === '1' ? '' : 's'}`,
  uniqueItems: (value) => (value === 'true' ? 'each once' : ''),
  minProperties: (value) => `at least ${value} name${value === '1' ? '' : 's'}`,
  maxProperties: (value) => `at most ${value} name${value === '1' ? '' : 's'}`,
  contentMediaType: (value) => `content ${value}`,
  contentEncoding: (value) => `encoded as ${value}`,
};
/** A pattern may be a page long. */
export const LONGEST_RULE = 200;

export function rulesOf(schema: Loose): string[] {
  const own =
    isObject(schema.items) && text(schema.items.format)
      ? [`each of format ${text(schema.items.format)}`]
      : [];
  return [
    ...Object.entries(SENTENCES).flatMap(([key, sentence]) => {
      const said = text(schema[key]);
      const rule = said === '' ? '' : sentence(said);
      return rule === '' ? [] : [rule.slice(0, LONGEST_RULE)];
    }),
    ...own,
  ];
}

/** As JSON, cut. */
export const json = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, LONGEST_RULE);
