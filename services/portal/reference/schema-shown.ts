/** A schema as a page prints it: its descriptions are HTML, all the way down. Pure. */
import type { Schema } from '../../specs/model.ts';
import { markdown } from './markdown.ts';
import type { Names } from './names.ts';
import { type SchemaView, schemaView } from './schema-view.ts';

export interface DescribedView extends Omit<SchemaView, 'description' | 'properties' | 'choices'> {
  description: string;
  properties: { name: string; required: boolean; view: DescribedView }[];
  choices?: { words: string; views: { name: string; view: DescribedView }[] };
}

/** @param own the name of the schema itself */
export const schemaShown = (schema: Schema | undefined, names: Names, own?: string): DescribedView =>
  described(schemaView(schema, names, own));

function described({ description, properties, choices, ...rest }: SchemaView): DescribedView {
  return {
    ...rest,
    description: markdown(description),
    properties: properties.map((one) => ({ ...one, view: described(one.view) })),
    ...(choices && {
      choices: {
        words: choices.words,
        views: choices.views.map((one) => ({ ...one, view: described(one.view) })),
      },
    }),
  };
}
