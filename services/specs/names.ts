/** Names in addresses. Pure. */

const LONGEST = 80;

/** `GET /pets/{petId}` becomes `get-pets-petid`. Empty when nothing of it is a letter or a digit. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .toLowerCase()
    .slice(0, LONGEST)
    .replaceAll(/^-+|-+$/g, '');
}

/** Slugs that no other name of the same API has: the second `pets` is `pets-2`. */
export function slugger(fallback: string): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const slug = slugOf(name) || fallback;
    let unique = slug;
    for (let n = 2; taken.has(unique); n++) unique = `${slug}-${n}`;
    taken.add(unique);
    return unique;
  };
}
