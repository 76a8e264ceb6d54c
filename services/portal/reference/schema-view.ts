/** A schema as rows that a view only has to print. Pure; whatever the schema says, it ends. */
import { isObject, type Loose, list, object, text } from '../../specs/loose.ts';
import type { Schema } from '../../specs/model.ts';

/** Deeper ones are reached by their own names; an unnamed one that is deeper says so. */
const MAX_DEPTH = 8;
/** Rows of one schema altogether. */
const MAX_ROWS = 1_500;
/** More values than these are counted. */
const MAX_VALUES = 50;

export interface SchemaView {
  /** `string`, `array of Pet`, `object`, `one of`. */
  type: TypeWord[];
  description?: string;
  deprecated?: boolean;
  readOnly?: boolean;
  writeOnly?: boolean;
  /** `at most 20 characters`, `format date-time`. */
  rules: string[];
  /** As JSON. */
  values: string[];
  /** How many there are besides. */
  moreValues?: number;
  default?: string;
  example?: string;
  properties: PropertyView[];
  /** `oneOf`, `anyOf`, `allOf`, `not`, in words. */
  choices?: { words: string; views: { name: string; view: SchemaView }[] };
  /** It goes on, and is not shown further. */
  cut?: boolean;
}

export interface PropertyView {
  name: string;
  required: boolean;
  view: SchemaView;
}

export interface TypeWord {
  text: string;
  /** It names a schema that has a page. */
  ref?: string;
}

/** @param hrefOf the page of a named schema; undefined when there is none */
export function schemaView(
  schema: Schema | undefined,
  hrefOf: (name: string) => string | undefined,
): SchemaView {
  const budget = { rows: MAX_ROWS };
  return view(schema, hrefOf, 0, budget);
}

type HrefOf = (name: string) => string | undefined;

function view(schema: unknown, hrefOf: HrefOf, depth: number, budget: { rows: number }): SchemaView {
  budget.rows--;
  const empty = { rules: [], values: [], properties: [] };
  if (!isObject(schema)) return { type: [{ text: schema === false ? 'nothing' : 'anything' }], ...empty };
  const given = list(schema.enum);
  const shown: SchemaView = {
    type: typeOf(schema, hrefOf),
    rules: rulesOf(schema),
    values: ('const' in schema ? [schema.const] : given.slice(0, MAX_VALUES)).map(json),
    properties: [],
  };
  if (given.length > MAX_VALUES) shown.moreValues = given.length - MAX_VALUES;
  if (text(schema.description)) shown.description = text(schema.description);
  for (const flag of ['deprecated', 'readOnly', 'writeOnly'] as const)
    if (schema[flag] === true) shown[flag] = true;
  if (schema.default !== undefined) shown.default = json(schema.default);
  const example = schema.example ?? list(schema.examples)[0];
  if (example !== undefined && !isObject(example) && !Array.isArray(example)) shown.example = json(example);
  if (typeof schema.$ref === 'string') return shown;
  const inner = innermost(schema);
  if (depth >= MAX_DEPTH || budget.rows <= 0) {
    if (hasParts(inner)) shown.cut = true;
    return shown;
  }
  const required = new Set(list(inner.required));
  const properties = Object.entries(object(inner.properties));
  for (const [name, property] of properties) {
    if (budget.rows <= 0) {
      shown.cut = true;
      break;
    }
    shown.properties.push({
      name,
      required: required.has(name),
      view: view(property, hrefOf, depth + 1, budget),
    });
  }
  const rest = inner.additionalProperties ?? inner.patternProperties;
  if (isObject(inner.additionalProperties))
    shown.properties.push({
      name: 'any other name',
      required: false,
      view: view(inner.additionalProperties, hrefOf, depth + 1, budget),
    });
  else if (rest === false && properties.length > 0) shown.rules.push('no other names');
  const choices = choicesOf(inner, hrefOf, depth, budget);
  if (choices) shown.choices = choices;
  return shown;
}

/** Through lists to what they are lists of: its parts are what one wants to see. */
function innermost(schema: Loose): Loose {
  let current = schema;
  for (let i = 0; i < MAX_DEPTH && isObject(current.items) && !('$ref' in current.items); i++)
    current = current.items;
  return current;
}

const hasParts = (schema: Loose): boolean =>
  ['properties', 'oneOf', 'anyOf', 'allOf', 'additionalProperties'].some(
    (key) => typeof schema[key] === 'object',
  );

const WORDS = { oneOf: 'one of', anyOf: 'any of', allOf: 'all of', not: 'not' } as const;

function choicesOf(
  schema: Loose,
  hrefOf: HrefOf,
  depth: number,
  budget: { rows: number },
): SchemaView['choices'] {
  for (const key of ['oneOf', 'anyOf', 'allOf', 'not'] as const) {
    const written = key === 'not' ? (isObject(schema.not) ? [schema.not] : []) : list(schema[key]);
    if (written.length === 0) continue;
    const views = written.slice(0, Math.max(1, budget.rows)).map((one, n) => ({
      name: text(object(one).title) || (typeof object(one).$ref === 'string' ? '' : `${n + 1}`),
      view: view(one, hrefOf, depth + 1, budget),
    }));
    return { words: WORDS[key], views };
  }
  return undefined;
}

export function typeOf(schema: Loose, hrefOf: HrefOf, depth = 0): TypeWord[] {
  if (typeof schema.$ref === 'string') return [named(schema.$ref, hrefOf)];
  const types =
    list(schema.type).length > 0 ? list(schema.type).map(text) : [text(schema.type)].filter(Boolean);
  const nullable = schema.nullable === true && !types.includes('null') ? [{ text: ' or null' }] : [];
  if (types.includes('array') || (types.length === 0 && 'items' in schema)) {
    const inner =
      isObject(schema.items) && depth < MAX_DEPTH
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
    if (parts.length === 1 && depth < MAX_DEPTH)
      return [...typeOf(parts[0]!, hrefOf, depth + 1), ...nullable];
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
const LONGEST_RULE = 200;

function rulesOf(schema: Loose): string[] {
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

const json = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, LONGEST_RULE);
