import { isObject, type Loose } from './loose.ts';

/** What a `$ref` stands for; the value itself when it is none. What leads nowhere is an empty object. */
export type Resolve = (value: unknown) => Loose;

/** References that refer to references: more of them in a row are a circle. */
const MAX_HOPS = 20;

/** @param document bundled: every reference leads into it */
export function resolverOf(document: Loose): Resolve {
  return (value) => {
    let current = value;
    for (let hops = 0; isObject(current) && typeof current.$ref === 'string'; hops++) {
      if (hops === MAX_HOPS) return {};
      const target = at(document, current.$ref);
      // OpenAPI 3.1: a summary or a description beside the reference says it better.
      const { $ref: _, ...beside } = current;
      current = isObject(target) ? { ...target, ...beside } : {};
    }
    return isObject(current) ? current : {};
  };
}

/** @param pointer `#/components/parameters/Page` */
export function at(document: Loose, pointer: string): unknown {
  if (!pointer.startsWith('#/')) return undefined;
  let current: unknown = document;
  for (const part of pointer.slice(2).split('/')) {
    const key = unescaped(part);
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Loose)[key];
  }
  return current;
}

function unescaped(part: string): string {
  const plain = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
