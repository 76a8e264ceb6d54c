// The moving parts of the status page beside its cards: the traffic of the last minute and what happened.
import { mergeEvents } from './changes.js';
import { announce } from './page.js';

const SHOWN = 50;
const MISSING = '–';

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });
const dayAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** @param traffic as `trafficWords` gives it; undefined when no load balancer tells */
export function drawTraffic(traffic) {
  const panel = document.querySelector('[data-traffic]');
  // A page that the release before has drawn, kept up to date by this one's script.
  if (!panel) return;
  panel.dataset.tone = traffic?.tone ?? 'gone';
  for (const figure of panel.querySelectorAll('[data-figure]')) {
    const none = figure.dataset.figure === 'summary' ? 'No load balancer says what it counts.' : MISSING;
    const text = traffic?.[figure.dataset.figure] ?? none;
    if (figure.textContent !== text) figure.textContent = text;
  }
  for (const bars of panel.querySelectorAll('[data-bars]'))
    bars.setAttribute('d', traffic?.paths[bars.dataset.bars] ?? '');
}

/** What every portal that answered has told; a portal that is gone took its own memory with it. */
let known = [];

/** @param events what the portal that answered has seen @returns the sentences that are new */
export function drawEvents(events) {
  const list = document.querySelector('[data-events]');
  if (!list) return;
  const before = new Set(known);
  const first = known.length === 0 && list.dataset.begun === undefined;
  list.dataset.begun = '';
  known = mergeEvents(known, events, { atMost: SHOWN });
  const news = known.filter((event) => !before.has(event));
  if (news.length === 0) return;
  document.querySelector('[data-no-events]').hidden = true;
  list.hidden = false;
  // Only what is new is put in, at its place: whoever reads or selects the rest is not disturbed.
  const lines = new Map([...list.children].map((line) => [line.dataset.event, line]));
  let previous;
  for (const event of known) {
    const key = `${event.at} ${event.text}`;
    const line = lines.get(key) ?? lineOf(event, key);
    lines.delete(key);
    const place = previous ? previous.nextElementSibling : list.firstElementChild;
    if (line !== place) list.insertBefore(line, place);
    previous = line;
  }
  for (const line of lines.values()) line.remove();
  if (!first) announce(news.map(({ text }) => `${text}.`).join(' '));
}

function lineOf({ at, tone, text }, key) {
  const line = document.querySelector('[data-event-template]').content.firstElementChild.cloneNode(true);
  line.dataset.event = key;
  line.dataset.tone = tone;
  line.querySelector('[data-event-text]').textContent = text;
  const time = line.querySelector('time');
  time.dateTime = new Date(at).toISOString();
  time.textContent = clock.format(at);
  time.title = dayAndClock.format(at);
  return line;
}
