/** What a shared cache, our load balancer's, may do with an answer that is the same for everybody. */

/** The longest that a page is kept: seconds. With the next it is what nginx/lua/epochs.lua waits for. */
export const PAGE_SECONDS = 1;
/** While one request renews it, the others are shown the old one; but not one that nobody asked for since. */
const WHILE_RENEWED = 2;

/** @param seconds 0: nobody keeps it @returns the value of `Cache-Control`. Browsers ask each time; what is behind an address of its own says so itself. */
export const shared = (seconds = PAGE_SECONDS): string =>
  seconds === 0
    ? 'no-cache'
    : `public, max-age=0, s-maxage=${seconds}, stale-while-revalidate=${WHILE_RENEWED}`;
