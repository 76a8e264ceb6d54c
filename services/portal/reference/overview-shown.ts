/** What the first page of a version prints. Pure. */
import type { AuthScheme, Link, Server } from '../../specs/model.ts';
import type { LoadedVersion } from '../generations/generation.ts';
import { isWebAddress, markdown, markdownInline } from './markdown.ts';

export function overviewShown({ compiled, version }: LoadedVersion) {
  const { overview } = compiled;
  return {
    summary: overview.summary ?? '',
    description: markdown(overview.description),
    changelog: markdown(version.changelog),
    links: [
      overview.contact,
      overview.license,
      overview.more,
      overview.terms ? { name: 'Terms', url: overview.terms } : undefined,
    ]
      .filter((link) => link !== undefined)
      .map(linkShown),
    servers: overview.servers.map(serverShown),
    auth: overview.auth.map(authShown),
    groups: overview.groups.map(({ name, slug, description }) => ({
      name,
      slug,
      description: markdown(description),
    })),
    sourceName: version.source.name,
  };
}

/** Without its address when that leads elsewhere than to the web. */
export const linkShown = ({ name, url }: Link): Link =>
  url !== undefined && isWebAddress(url) ? { name, url } : { name };

const serverShown = ({ url, name, description, protocol, variables = [] }: Server) => ({
  url,
  name: name ?? '',
  protocol: protocol ?? '',
  description: markdownInline(description),
  variables: variables.map((one) => ({
    ...one,
    values: one.values ?? [],
    description: markdownInline(one.description),
  })),
});

function authShown(scheme: AuthScheme) {
  const how: Record<string, string> = {
    apiKey: `A key, sent as ${scheme.place === 'header' ? 'the header' : scheme.place === 'query' ? 'the query parameter' : `the ${scheme.place ?? 'value'}`} ${scheme.parameter ?? scheme.name}.`,
    http:
      scheme.scheme?.toLowerCase() === 'basic'
        ? 'User name and password (HTTP Basic).'
        : `A token (HTTP ${scheme.scheme ?? 'authentication'}${scheme.bearerFormat ? `, ${scheme.bearerFormat}` : ''}).`,
    oauth2: 'OAuth 2.0.',
    openIdConnect: 'OpenID Connect.',
    mutualTLS: 'A client certificate (mutual TLS).',
  };
  return {
    name: scheme.name,
    how: how[scheme.type] ?? `${scheme.type}.`,
    description: markdown(scheme.description),
    url: scheme.url ?? '',
    flows: (scheme.flows ?? []).map((flow) => ({
      ...flow,
      authorizationUrl: flow.authorizationUrl ?? '',
      tokenUrl: flow.tokenUrl ?? '',
      scopes: flow.scopes.map((scope) => ({ ...scope, description: markdownInline(scope.description) })),
    })),
  };
}
