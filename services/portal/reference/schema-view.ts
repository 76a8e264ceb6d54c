/** A schema as rows that a view only has to print. Pure; whatever the schema says, it ends. */
import { isObject, type Loose, list, object, text } from '../../specs/loose.ts';
import type { Schema } from '../../specs/model.ts';
import { MAX_OPENED, type Names, nameOf } from './names.ts';
import { json, LONGEST_RULE, rulesOf, type TypeWord, typeOf, WORDS } from './schema-words.ts';

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
  /** Where the rest of it is. */
  page?: string;
}

export interface PropertyView {
  name: string;
  required: boolean;
  view: SchemaView;
}

/**
 * @param names what the description calls by name; without its `opening` a named one is a link and nothing more
 * @param own the name of the schema itself
 */
export function schemaView(schema: Schema | undefined, names: Names, own?: string): SchemaView {
  const level = { names: new Set(own === undefined ? [] : [own]), isDeeper: false };
  return view(schema, { names, budget: { rows: MAX_ROWS }, depth: 0, level });
}

interface Place {
  names: Names;
  budget: { rows: number };
  depth: number;
  /** The named ones in which this one is, and whether it is a part of them rather than another form of them. */
  level: { names: ReadonlySet<string>; isDeeper: boolean };
}

function view(schema: unknown, place: Place): SchemaView {
  const { names, budget, depth } = place;
  budget.rows--;
  if (!isObject(schema))
    return {
      type: [{ text: schema === false ? 'nothing' : 'anything' }],
      rules: [],
      values: [],
      properties: [],
    };
  const inner = innermost(schema);
  const shown = ownWords(schema, inner, names, depth);
  if (typeof inner.$ref === 'string') return opened(shown, inner.$ref, place);
  if (depth >= MAX_DEPTH || budget.rows <= 0) {
    if (hasParts(inner)) shown.cut = true;
    return shown;
  }
  const { properties, isCut } = propertiesOf(inner, place);
  shown.properties.push(...properties);
  if (isCut) shown.cut = true;
  if (properties.length > 0 && (inner.additionalProperties ?? inner.patternProperties) === false)
    shown.rules.push('no other names');
  const choices = choicesOf(inner, place);
  if (choices) shown.choices = choices;
  return shown;
}

/** What it says of itself, without its parts. */
function ownWords(schema: Loose, inner: Loose, { hrefOf }: Names, depth: number): SchemaView {
  const given = list(schema.enum ?? inner.enum);
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
  // The example of a whole body stands beside it.
  if (example !== undefined && (depth > 0 || !(isObject(example) || Array.isArray(example)))) {
    const written = JSON.stringify(example);
    if (written.length <= LONGEST_RULE) shown.example = written;
  }
  return shown;
}

/**
 * A named one shows what it is made of where it is met first, so that one need not leave the page to see what is sent. What
 * its parts name are links: so it ends, and a page stays as long as one can read.
 * @param shown what the place that names it says
 */
function opened(shown: SchemaView, ref: string, place: Place): SchemaView {
  const { names, level, depth } = place;
  const name = nameOf(ref);
  const opening = names.opening;
  if (opening === undefined || name === undefined || level.isDeeper || level.names.has(name)) return shown;
  if (opening.rows <= 0 || place.budget.rows <= 0 || depth >= MAX_DEPTH) return shown;
  const target = opening.schemaOf(name);
  if (target === undefined) return shown;
  const rows = Math.min(MAX_OPENED, opening.rows, place.budget.rows);
  const budget = { rows };
  const its = view(target, { ...place, budget, level: { ...level, names: new Set([...level.names, name]) } });
  place.budget.rows -= rows - budget.rows;
  // What is opened inside is counted in what is around it.
  if (level.names.size === 0) opening.rows -= rows - budget.rows;
  const page = names.hrefOf(name);
  const words = its.type.map((word) => word.text).join('');
  return {
    ...its,
    ...shown,
    type: words === 'object' ? shown.type : [...shown.type, { text: ' (' }, ...its.type, { text: ')' }],
    rules: [...shown.rules, ...its.rules],
    values: its.values,
    properties: its.properties,
    ...(its.cut && page !== undefined && { page }),
  };
}

function propertiesOf(inner: Loose, place: Place): { properties: PropertyView[]; isCut: boolean } {
  const { budget, depth, level } = place;
  const required = new Set(list(inner.required));
  const part = {
    ...place,
    depth: depth + 1,
    level: { ...level, isDeeper: level.isDeeper || level.names.size > 0 },
  };
  const properties: PropertyView[] = [];
  for (const [name, property] of Object.entries(object(inner.properties))) {
    if (budget.rows <= 0) return { properties, isCut: true };
    properties.push({ name, required: required.has(name), view: view(property, part) });
  }
  if (isObject(inner.additionalProperties))
    properties.push({
      name: 'any other name',
      required: false,
      view: view(inner.additionalProperties, part),
    });
  return { properties, isCut: false };
}

/** Through lists to what they are lists of, and through a choice of one: its parts are what one wants to see. */
function innermost(schema: Loose): Loose {
  let current = schema;
  for (let i = 0; i < MAX_DEPTH; i++) {
    const next = isObject(current.items) ? current.items : onlyPart(current);
    if (next === undefined) break;
    current = next;
  }
  return current;
}

/** Of one that only adds words to what it refers to. */
function onlyPart(schema: Loose): Loose | undefined {
  const parts = [schema.oneOf, schema.anyOf, schema.allOf].flatMap(list);
  const [only] = parts;
  return parts.length === 1 && isObject(only) && typeof only.$ref === 'string' && !('properties' in schema)
    ? only
    : undefined;
}

const hasParts = (schema: Loose): boolean =>
  ['properties', 'oneOf', 'anyOf', 'allOf', 'additionalProperties'].some(
    (key) => typeof schema[key] === 'object',
  );

function choicesOf(schema: Loose, place: Place): SchemaView['choices'] {
  for (const key of ['oneOf', 'anyOf', 'allOf', 'not'] as const) {
    const written = key === 'not' ? (isObject(schema.not) ? [schema.not] : []) : list(schema[key]);
    if (written.length === 0) continue;
    const views = written.slice(0, Math.max(1, place.budget.rows)).map((one, n) => ({
      name: text(object(one).title) || (typeof object(one).$ref === 'string' ? '' : `${n + 1}`),
      view: view(one, { ...place, depth: place.depth + 1 }),
    }));
    return { words: WORDS[key], views };
  }
  return undefined;
}
