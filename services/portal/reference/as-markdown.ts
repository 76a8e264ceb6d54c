/** The reference for programs that read: every page as Markdown, and the list of them all (https://llmstxt.org). Pure. */
import type { Content, Message, Operation, Parameter, Schema, Shown, ShownType } from '../../specs/model.ts';
import { FORMATS } from '../../specs/types.ts';
import type { Generation, LoadedVersion } from '../generations/generation.ts';
import { codeSamples } from './code-samples.ts';
import { baseOf, endingOf } from './frame.ts';
import { plainWords } from './markdown.ts';
import { type Names, namesOf } from './names.ts';
import { type SchemaView, schemaView } from './schema-view.ts';
import { written } from './written.ts';

export function indexMarkdown({ manifest }: Generation): string {
  const apis = manifest.apis
    .filter(({ lifecycle }) => lifecycle !== 'retired')
    .map(({ name, title, summary, versions, lifecycle }) => {
      const [latest] = versions;
      const facts = [latest && `version ${latest.name}`, latest && FORMATS[latest.format], lifecycle].filter(
        Boolean,
      );
      return `- [${title}](/apis/${name}.md): ${summary ? `${summary} ` : ''}(${facts.join(', ')})`;
    });
  return ['# APIs', '', 'Every page is there as Markdown: add `.md` to its address.', '', ...apis, ''].join(
    '\n',
  );
}

export function overviewMarkdown(loaded: LoadedVersion, now = new Date()): string {
  const { api, version, compiled } = loaded;
  const { overview } = compiled;
  const base = baseOf(loaded);
  const lines = [`# ${api.title} ${version.name}`, '', `${FORMATS[version.format]}, ${api.lifecycle}.`, ''];
  const ending = endingOf(api, now);
  if (ending) lines.push(`**${ending.sentence}**`, '');
  if (overview.summary) lines.push(overview.summary, '');
  if (overview.description) lines.push(overview.description.trim(), '');
  if (overview.servers.length > 0)
    lines.push(
      '## Servers',
      '',
      ...overview.servers.map(
        ({ url, description }) => `- ${url}${description ? `: ${plainWords(description)}` : ''}`,
      ),
      '',
    );
  if (overview.auth.length > 0)
    lines.push(
      '## Authentication',
      '',
      ...overview.auth.map(
        ({ name, type, place, parameter, scheme }) =>
          `- ${name}: ${[type, scheme, place, parameter].filter(Boolean).join(', ')}`,
      ),
      '',
    );
  for (const { name, entries } of overview.groups)
    lines.push(
      `## ${name}`,
      '',
      ...entries.map(
        (one) =>
          `- [${one.label} ${one.name}](${base}/operations/${one.id}.md)${one.summary ? `: ${one.summary}` : ''}${one.deprecated ? ' (deprecated)' : ''}`,
      ),
      '',
    );
  if (overview.types.length > 0)
    lines.push(
      '## Schemas',
      '',
      ...overview.types.map(({ name, slug }) => `- [${name}](${base}/schemas/${slug}.md)`),
      '',
    );
  return lines.join('\n');
}

export function entryMarkdown(entry: Shown, loaded: LoadedVersion): string {
  const lines = [
    `# ${entry.summary || entry.name}`,
    '',
    `\`${entry.label} ${entry.name}\`${entry.deprecated ? ' (deprecated)' : ''}`,
    '',
  ];
  if (entry.description) lines.push(entry.description.trim(), '');
  if (entry.kind === 'operation') lines.push(...operationLines(entry, loaded));
  else if (entry.kind === 'messages') {
    const names = namesOf(loaded.compiled, '');
    for (const message of [...(entry.messages ?? []), ...(entry.reply?.messages ?? [])])
      lines.push(...messageLines(message, names));
  } else {
    lines.push(`Type: \`${entry.type}\``, '');
    for (const one of entry.arguments ?? [])
      lines.push(`- \`${one.name}: ${one.type}\`${one.description ? ` ${plainWords(one.description)}` : ''}`);
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

export function typeMarkdown(type: ShownType, { compiled }: Pick<LoadedVersion, 'compiled'>): string {
  if (type.kind === 'graphql')
    return [`# ${type.name}`, '', type.description ?? '', '', ...fenced(type.sdl, 'graphql'), ''].join('\n');
  const lines = [`# ${type.name}`, '', ...schemaLines(type.schema, namesOf(compiled, ''), type.name)];
  if (type.example !== undefined)
    lines.push('', '## Example', '', ...fenced(JSON.stringify(type.example, null, 2), 'json'));
  return `${lines.join('\n').trimEnd()}\n`;
}

function operationLines(operation: Operation, { compiled }: LoadedVersion): string[] {
  const lines: string[] = [];
  const names = namesOf(compiled, '');
  const parameters = operation.parameters ?? [];
  if (parameters.length > 0)
    lines.push('## Parameters', '', ...parameters.map((one) => parameterLine(one, names)), '');
  if (operation.body)
    lines.push(
      `## Request body${operation.body.required ? ' (required)' : ''}`,
      '',
      ...operation.body.contents.flatMap((one) => contentLines(one, names)),
    );
  for (const { status, description, contents = [] } of operation.responses ?? [])
    lines.push(
      `## ${status}`,
      '',
      ...(description ? [description.trim(), ''] : []),
      ...contents.flatMap((one) => contentLines(one, names)),
    );
  const [curl] = operation.webhook ? [] : codeSamples(operation, compiled.overview);
  if (curl) lines.push('## Example', '', ...fenced(curl.code, 'sh'), '');
  return lines;
}

const parameterLine = ({ name, place, required, description, schema }: Parameter, names: Names): string =>
  `- \`${name}\` (${place}${required ? ', required' : ''}): ${wordsOf(schemaView(schema, names))}${description ? `. ${plainWords(description, 400)}` : ''}`;

function contentLines({ mediaType, schema, examples = [] }: Content, names: Names): string[] {
  const [example] = examples;
  const shown = example && written(example.value, mediaType, schema, 2);
  return [
    `\`${mediaType}\``,
    '',
    ...schemaLines(schema, names),
    '',
    ...(shown === undefined ? [] : [...fenced(shown, 'json'), '']),
  ];
}

function messageLines({ name, title, summary, payload, examples = [] }: Message, names: Names): string[] {
  const [example] = examples;
  return [
    `## ${title ?? name}`,
    '',
    ...(summary ? [summary, ''] : []),
    ...schemaLines(payload, names),
    '',
    ...(example ? [...fenced(JSON.stringify(example.value, null, 2), 'json'), ''] : []),
  ];
}

/** What it is made of, too, of a named one as of any other. */
function schemaLines(schema: Schema | undefined, names: Names, own?: string): string[] {
  const view = schemaView(schema, names, own);
  const rows = view.properties.map(({ name, required, view: part }) => {
    const words = plainWords(part.description, 300);
    return `- \`${name}\`${required ? ' (required)' : ''}: ${wordsOf(part)}${words ? `. ${words}` : ''}`;
  });
  const more = view.cut ? ['- …'] : [];
  return [`Type: ${wordsOf(view)}`, ...(rows.length > 0 ? ['', ...rows, ...more] : [])];
}

function wordsOf(view: SchemaView): string {
  const values = view.values.length > 0 ? [`one of ${view.values.join(', ')}`] : [];
  return [view.type.map(({ text: word }) => word).join(''), ...values, ...view.rules].join('; ');
}

/** Whatever is in it, the fence is longer. */
function fenced(code: string, language: string): string[] {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, code, fence];
}
