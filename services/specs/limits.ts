/** What is taken for an API's description at most. Each was chosen above the largest of 2,500 public ones that is worth reading. */

/** Unpacked, all files together. The largest in daily use, GitHub's, has 13 MB. */
export const MAX_BYTES = 32 * 2 ** 20;
export const MAX_FILES = 2_000;
/** How deep objects and lists are nested; js-yaml's own bound as well. None of 2,600 public ones came to it. */
export const MAX_DEPTH = 100;
/** Values after each YAML alias was put in place. GitHub's has 0.8 million. */
export const MAX_VALUES = 4_000_000;
export const MAX_OPERATIONS = 20_000;
/** Named schemas: each stands in the navigation of every page. */
export const MAX_TYPES = 20_000;
export const MAX_PROBLEMS = 200;
/** Lexical tokens of a GraphQL document: its parser stops there. */
export const MAX_TOKENS = 500_000;
