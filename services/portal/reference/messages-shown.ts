/** What the page of an AsyncAPI operation prints. Pure. */

import type { Message, MessageOperation } from '../../specs/model.ts';
import { markdown, markdownInline } from './markdown.ts';
import type { Names } from './names.ts';
import { linkShown } from './overview-shown.ts';
import { exampleShown, parameterShown } from './parts-shown.ts';
import { schemaShown } from './schema-shown.ts';

export function messagesShown(operation: MessageOperation, names: Names) {
  const { channel } = operation;
  return {
    more: operation.more && linkShown(operation.more),
    words: operation.label === 'SEND' ? 'This application sends' : 'This application receives',
    channel: channel && {
      name: channel.name,
      description: markdown(channel.description),
      servers: channel.servers ?? [],
      parameters: (channel.parameters ?? []).map((one) => parameterShown(one, names)),
      bindings: json(channel.bindings),
    },
    bindings: json(operation.bindings),
    messages: (operation.messages ?? []).map((one) => messageShown(one, names)),
    reply: operation.reply && {
      address: operation.reply.address ?? '',
      messages: (operation.reply.messages ?? []).map((one) => messageShown(one, names)),
    },
  };
}

const json = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value, null, 2));

const messageShown = (one: Message, names: Names) => ({
  name: one.name,
  title: one.title ?? '',
  summary: markdownInline(one.summary),
  description: markdown(one.description),
  contentType: one.contentType ?? '',
  schemaFormat: one.schemaFormat ?? '',
  headers: one.headers === undefined ? undefined : schemaShown(one.headers, names),
  payload: one.payload === undefined ? undefined : schemaShown(one.payload, names),
  examples: (one.examples ?? []).map((example) => exampleShown(example, one.contentType ?? '', one.payload)),
});
