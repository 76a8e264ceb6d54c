import { MAX_DEPTH, MAX_VALUES } from './limits.ts';

/**
 * What a parsed document comes to once every YAML alias is written out: aliases share objects, so a few lines may stand for
 * more values than there are atoms. Each object is counted once and its size reused.
 * @returns why it is too much, or undefined
 */
export function tooMuch(document: unknown): string | undefined {
  const sizes = new Map<object, { values: number; depth: number }>();
  /** Depth first, with a stack of its own: a document that is nested too deep must not exhaust the caller's. */
  const stack: { node: object; children: object[]; next: number }[] = [];
  const open = new Set<object>();
  const enter = (node: object) => {
    open.add(node);
    stack.push({ node, children: Object.values(node).filter(isObject), next: 0 });
  };
  if (!isObject(document)) return undefined;
  enter(document);
  while (stack.length > 0) {
    if (stack.length > MAX_DEPTH) return `It is nested deeper than ${MAX_DEPTH} levels.`;
    const top = stack.at(-1)!;
    const child = top.children[top.next];
    if (child !== undefined) {
      top.next++;
      if (open.has(child)) return 'It contains itself: a YAML alias stands inside of what it names.';
      if (!sizes.has(child)) enter(child);
      continue;
    }
    let values = Object.keys(top.node).length;
    let depth = 1;
    for (const one of top.children) {
      const size = sizes.get(one)!;
      values += size.values;
      depth = Math.max(depth, size.depth + 1);
    }
    if (values > MAX_VALUES)
      return `It comes to more than ${MAX_VALUES.toLocaleString('en')} values once its YAML aliases are written out.`;
    if (depth > MAX_DEPTH)
      return `It is nested deeper than ${MAX_DEPTH} levels once its YAML aliases are written out.`;
    sizes.set(top.node, { values, depth });
    open.delete(top.node);
    stack.pop();
  }
  return undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
