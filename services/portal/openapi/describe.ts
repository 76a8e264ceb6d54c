/** What the descriptions of all operations are made of. */
import { STATUS } from '../http/problem.ts';
import type { schemas } from './schemas.ts';

export const schema = (name: keyof typeof schemas) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: keyof typeof schemas) => ({ 'application/json': { schema: schema(name) } });
export const gives = (description: string, name: keyof typeof schemas) => ({
  description,
  content: json(name),
});
export const body = (name: keyof typeof schemas) => ({ required: true, content: json(name) });

export const problems = (...codes: (keyof typeof STATUS)[]) =>
  Object.fromEntries(
    codes.map((code) => [
      String(STATUS[code].status),
      {
        description: STATUS[code].title,
        content: { 'application/problem+json': { schema: schema('Problem') } },
      },
    ]),
  );
/** What any request may hear that asks who is there. */
export const guarded = problems('unauthenticated', 'forbidden', 'database-unavailable', 'internal');

export const parameter = (
  name: string,
  place: 'query' | 'path' | 'header',
  description: string,
  shape: object,
) => ({
  name,
  in: place,
  description,
  required: place === 'path',
  schema: shape,
});
export const id = parameter('id', 'path', 'A ULID.', { type: 'string' });
export const idempotencyKey = parameter(
  'Idempotency-Key',
  'header',
  'Two requests with one key are the same request: it is carried out once, and the second gets the first one’s answer, from whichever portal, with `Idempotency-Replayed: true`. Another request under a used key gets 422. A key is its sender’s own and is kept for a day. A UUID is a good one.',
  { type: 'string', minLength: 1, maxLength: 255 },
);
export const csrfToken = parameter(
  'X-CSRF-Token',
  'header',
  'Of GET /session. Needed with the session cookie, not with a token.',
  {
    type: 'string',
  },
);
const replayed = {
  'Idempotency-Replayed': {
    description: '`true`: an earlier request with this Idempotency-Key got this answer.',
    schema: { type: 'string', enum: ['true'] },
  },
};
interface Described {
  parameters?: object[];
  responses: Record<string, { description: string; content?: object; headers?: object }>;
}
/** An operation that changes something: it takes an Idempotency-Key, and says when its answer is an earlier one. */
export const write = <T extends Described>({ parameters = [], responses, ...operation }: T) => ({
  ...operation,
  parameters: [...parameters, idempotencyKey],
  responses: {
    ...problems('invalid', 'idempotency-mismatch'),
    ...Object.fromEntries(
      Object.entries(responses).map(([status, one]) => [
        status,
        /^(2|404|409)/.test(status) ? { ...one, headers: { ...one.headers, ...replayed } } : one,
      ]),
    ),
  },
});

export const paging = [
  parameter('cursor', 'query', '`nextCursor` of the page before.', { type: 'string' }),
  parameter('limit', 'query', 'Items on a page.', { type: 'integer', minimum: 1, maximum: 100, default: 50 }),
];
