/** What an operation's page prints. Pure. */

import type { Operation, Overview } from '../../specs/model.ts';
import { type CodeSample, codeSamples } from './code-samples.ts';
import type { Names } from './names.ts';
import { linkShown } from './overview-shown.ts';
import { bodyShown, parameterShown, responseShown } from './parts-shown.ts';

export function operationShown(operation: Operation, overview: Overview, names: Names) {
  const places = ['path', 'query', 'header', 'cookie'];
  const words: Record<string, string> = {
    path: 'In the path',
    query: 'In the query',
    header: 'Headers',
    cookie: 'Cookies',
  };
  const parameters = operation.parameters ?? [];
  return {
    webhook: operation.webhook === true,
    more: operation.more && linkShown(operation.more),
    parameters: [
      ...places,
      ...new Set(parameters.map(({ place }) => place).filter((place) => !places.includes(place))),
    ]
      .map((place) => ({
        place: words[place] ?? place,
        rows: parameters.filter((one) => one.place === place).map((one) => parameterShown(one, names)),
      }))
      .filter(({ rows }) => rows.length > 0),
    body: operation.body && bodyShown(operation.body, names),
    responses: (operation.responses ?? []).map((one) => responseShown(one, names)),
    security: (operation.security ?? []).map((choice) =>
      choice.map(({ scheme, scopes }) => ({
        scheme,
        scopes,
        known: overview.auth.some(({ name }) => name === scheme),
      })),
    ),
    callbacks: (operation.callbacks ?? []).map((one) => ({ ...one, summary: one.summary ?? '' })),
    samples: operation.webhook ? ([] as CodeSample[]) : codeSamples(operation, overview),
  };
}
