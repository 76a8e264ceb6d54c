/** The schemas that have a name, each shown once; everything else refers to them. */
import type { Loose } from './loose.ts';
import type { Schema, ShownType } from './model.ts';
import { slugger } from './names.ts';
import { make } from './samples.ts';

export function schemaTypes(schemas: Loose, document: Loose): ShownType[] {
  const slugOf = slugger('schema');
  return Object.entries(schemas)
    .filter(
      (entry): entry is [string, Schema] => typeof entry[1] === 'object' || typeof entry[1] === 'boolean',
    )
    .map(([name, schema]) => {
      const example = make(schema, document, 'response');
      return { kind: 'schema', name, slug: slugOf(name), schema, ...(example !== undefined && { example }) };
    });
}
