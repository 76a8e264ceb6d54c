/** In LIKE, % and _ stand for others; a person who types them means them. */
export function likePattern(search: string): string {
  return `%${search.replace(/[\\%_]/gu, String.raw`\$&`)}%`;
}
