/** Descriptions of APIs as a company has them, as many as wanted: the n-th is the same in every run. Pure. */
import type { Given } from '../../specs/types.ts';

/** 40 areas and 25 kinds of thing: a thousand titles, each once. */
export const AREAS =
  'Account Archive Audit Billing Booking Campaign Carrier Catalogue Claims Compliance Contract Customer Delivery Device Discount Energy Event Facility Fleet Forecast Freight Identity Insurance Inventory Invoice Ledger Loyalty Maintenance Marketing Merchant Mobility Partner Payroll Pricing Procurement Returns Sensor Settlement Supplier Warehouse'.split(
    ' ',
  );
export const SUBJECTS =
  'Accounts Addresses Agreements Balances Batches Calendars Contacts Documents Exports Groups Items Limits Locations Messages Notes Orders Payments Permits Plans Quotas Receipts Reports Requests Schedules Tickets'.split(
    ' ',
  );
/** What each API has beside its subject. */
const PARTS = ['Comment', 'Attachment', 'Approval'];

/** Of each: four things with five operations. */
export const OPERATIONS = 20;

export interface SyntheticApi {
  /** `invoice-payments` */
  name: string;
  title: string;
  tags: string[];
  given: Given;
}

/** @param n from 0; titles repeat, with a number, after a thousand */
export function syntheticApi(n: number): SyntheticApi {
  const [area, subject] = [
    AREAS[n % AREAS.length]!,
    SUBJECTS[Math.floor(n / AREAS.length) % SUBJECTS.length]!,
  ];
  const round = Math.floor(n / (AREAS.length * SUBJECTS.length));
  const title = `${area} ${subject}${round > 0 ? ` ${round + 1}` : ''}`;
  const name = title.toLowerCase().replaceAll(' ', '-');
  const things = [`${area}${subject.replace(/s$/, '')}`, ...PARTS.map((part) => `${area}${part}`)];
  const document = {
    openapi: '3.0.3',
    info: {
      title,
      version: '1.0.0',
      description: `Reads and changes ${subject.toLowerCase()} of the area *${area}*.\n\nEvery change is kept with its author. Lists are paged by \`cursor\`; errors are problems by RFC 9457.`,
      contact: { name: `Team ${area}`, email: `${area.toLowerCase()}@example.com` },
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: `https://api.example.com/${name}/v1`, description: 'Production' }],
    security: [{ bearer: [] }],
    tags: things.map((thing) => ({ name: thing, description: `Everything about one ${spaced(thing)}.` })),
    paths: Object.assign({}, ...things.map(pathsOf)),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: Object.assign({ Problem: PROBLEM }, ...things.map(schemasOf)),
    },
  };
  return {
    name,
    title,
    tags: [area.toLowerCase(), subject.toLowerCase()],
    given: { name: `${name}.json`, bytes: new TextEncoder().encode(JSON.stringify(document, null, 2)) },
  };
}

/** `InvoicePayment` → `invoice payment` */
const spaced = (thing: string) => thing.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
const json = (schema: object) => ({ 'application/json': { schema } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const PROBLEM = {
  type: 'object',
  description: 'What went wrong, for people and for programs.',
  required: ['title', 'status'],
  properties: {
    title: { type: 'string', example: 'Not found' },
    status: { type: 'integer', minimum: 400, maximum: 599, example: 404 },
    detail: { type: 'string', example: 'There is nothing of that id.' },
  },
};

function pathsOf(thing: string) {
  const [word, path] = [spaced(thing), `/${spaced(thing).replaceAll(' ', '-')}s`];
  const about = (operationId: string, summary: string, description: string) => ({
    operationId,
    tags: [thing],
    summary,
    description,
  });
  const failed = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: ref('Problem') } },
  });
  const refused = { 400: failed('Something in the request is wrong.'), 401: failed('No valid token came.') };
  const missing = { ...refused, 404: failed(`There is no such ${word}.`) };
  const id = {
    name: 'id',
    in: 'path',
    required: true,
    description: `Of the ${word}.`,
    schema: { type: 'string', format: 'uuid' },
  };
  const page = [
    { name: 'cursor', in: 'query', description: 'Where the page before ended.', schema: { type: 'string' } },
    {
      name: 'limit',
      in: 'query',
      description: 'Entries of a page.',
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    },
    {
      name: 'state',
      in: 'query',
      description: 'Only those in this state.',
      schema: { type: 'string', enum: STATES },
    },
  ];
  const one = (description: string) => ({ description, content: json(ref(thing)) });
  const body = { required: true, content: json(ref(`${thing}Input`)) };
  return {
    [path]: {
      get: {
        ...about(
          `list${thing}s`,
          `List every ${word}`,
          `The latest first. What was archived is left out unless \`state\` asks for it.`,
        ),
        parameters: page,
        responses: {
          200: { description: 'A page of them.', content: json(ref(`${thing}Page`)) },
          ...refused,
        },
      },
      post: {
        ...about(
          `create${thing}`,
          `Create a ${word}`,
          `With an \`Idempotency-Key\` a second try makes no second ${word}.`,
        ),
        requestBody: body,
        responses: { 201: one('It is made.'), ...refused, 409: failed('There is one of that reference.') },
      },
    },
    [`${path}/{id}`]: {
      parameters: [id],
      get: {
        ...about(`get${thing}`, `Get one ${word}`, `With its amount, its state and who changed it last.`),
        responses: { 200: one(`The ${word}.`), ...missing },
      },
      put: {
        ...about(
          `replace${thing}`,
          `Replace a ${word}`,
          `Give the \`ETag\` that you have seen in \`If-Match\`: nobody's change is lost.`,
        ),
        requestBody: body,
        responses: { 200: one('As it is now.'), ...missing, 412: failed('It was changed meanwhile.') },
      },
      delete: {
        ...about(
          `archive${thing}`,
          `Archive a ${word}`,
          `It is kept for ten years and can be listed with \`state=archived\`.`,
        ),
        responses: { 204: { description: 'It is archived.' }, ...missing },
      },
    },
  };
}

const STATES = ['draft', 'active', 'blocked', 'archived'];

function schemasOf(thing: string) {
  const word = spaced(thing);
  const input = {
    reference: {
      type: 'string',
      maxLength: 40,
      description: `The ${word}'s own number.`,
      example: `${thing.slice(0, 3).toUpperCase()}-2041`,
    },
    amount: { type: 'number', minimum: 0, description: 'Gross, in the currency beside it.', example: 129.5 },
    currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217.', example: 'EUR' },
    state: { type: 'string', enum: STATES, default: 'draft' },
    labels: { type: 'array', items: { type: 'string' }, maxItems: 20, example: ['urgent'] },
  };
  return {
    [`${thing}Input`]: {
      type: 'object',
      description: `What can be said of a ${word}.`,
      required: ['reference', 'amount', 'currency'],
      properties: input,
    },
    [thing]: {
      type: 'object',
      description: `A ${word} as it is kept.`,
      required: ['id', ...Object.keys(input)],
      properties: {
        id: { type: 'string', format: 'uuid', readOnly: true },
        ...input,
        changedBy: { type: 'string', description: 'Who changed it last.', example: 'maria' },
        changedAt: { type: 'string', format: 'date-time' },
      },
    },
    [`${thing}Page`]: {
      type: 'object',
      required: ['items'],
      properties: {
        items: { type: 'array', items: ref(thing) },
        nextCursor: { type: 'string', nullable: true },
      },
    },
  };
}
