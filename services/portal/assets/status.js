// The status page, live: asks every 1.5 s, marks what changed, and goes on asking while the answer fails to come.
import { clusterWords } from './cluster-words.js';
import { announce } from './page.js';
import { drawEvents, drawTraffic } from './status-live.js';

const EVERY = 1500;
const PATIENCE = 5000;
const MARKED = 6000;
const REDRAWN = 3000;
/** After a poll that failed the next one is soon: mostly the load balancer has another portal by then. */
const AGAIN = 400;
/** For so long nothing is said: a failover takes less. */
const PATIENT = 3000;

const root = document.querySelector('[data-cluster]');
const template = document.querySelector('[data-node-template]');
const live = document.querySelector('[data-live]');
const liveText = document.querySelector('[data-live-text]');
const at = document.querySelector('[data-at]');

/** Writes only what differs: whoever reads or selects the rest is not disturbed. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function drawCard(card, node) {
  for (const field of ['name', 'state', 'role', 'reason', 'facts']) {
    write(card.querySelector(`[data-field="${field}"]`), node[field]);
  }
  if (card.dataset.tone !== node.tone) card.dataset.tone = node.tone;
  card.querySelector('.state').dataset.tone = node.tone;
  const use = card.querySelector('[data-field-icon]');
  const href = use.getAttribute('href').replace(/#.*/, `#${node.icon}`);
  if (use.getAttribute('href') !== href) use.setAttribute('href', href);
}

function mark(card) {
  card.classList.add('changed');
  setTimeout(() => card.classList.remove('changed'), MARKED);
}

/** @returns {string[]} what changed, as sentences */
function drawList(list, nodes) {
  const changes = [];
  // A page that the release before has drawn has fewer lists.
  if (!list) return changes;
  const cards = new Map([...list.children].map((card) => [card.dataset.node, card]));
  for (const node of nodes) {
    const card = cards.get(node.name) ?? template.content.firstElementChild.cloneNode(true);
    const fresh = !cards.delete(node.name);
    const before = card.querySelector('[data-field="state"]').textContent;
    const role = card.querySelector('[data-field="role"]').textContent;
    card.dataset.node = node.name;
    drawCard(card, node);
    if (fresh) list.append(card);
    if (fresh || before !== node.state || role !== node.role) {
      mark(card);
      changes.push(`${node.name}: ${node.state}${node.role ? `, ${node.role.toLowerCase()}` : ''}.`);
    }
  }
  for (const card of cards.values()) card.remove();
  return changes;
}

function drawParts(selector, nodes) {
  const place = document.querySelector(selector);
  while (place.children.length < nodes.length) {
    const part = document.createElement('span');
    part.className = 'temple-part';
    place.append(part);
  }
  while (place.children.length > nodes.length) place.lastElementChild.remove();
  nodes.forEach((node, index) => {
    place.children[index].dataset.state = node.tone;
  });
}

function draw(cluster) {
  write(document.querySelector('[data-observer]'), cluster.observer);
  write(document.querySelector('[data-published]'), cluster.published);
  write(document.querySelector('[data-served-by]'), cluster.observer);
  write(liveText, `Live, served by ${cluster.observer} now`);
  at.dateTime = cluster.at;
  write(at, new Date(cluster.at).toLocaleTimeString());
  document.querySelector('[data-verdict]').dataset.state = cluster.state;
  write(document.querySelector('[data-verdict-text]'), cluster.verdict);
  const alarms = document.querySelector('[data-alarms]');
  if (alarms.dataset.shown !== JSON.stringify(cluster.alarms)) {
    alarms.dataset.shown = JSON.stringify(cluster.alarms);
    alarms.hidden = cluster.alarms.length === 0;
    alarms.replaceChildren(
      ...cluster.alarms.map((alarm) => {
        const line = document.createElement('li');
        line.textContent = alarm;
        return line;
      }),
    );
  }
  drawParts('.temple-columns', cluster.portals);
  drawParts('.temple-stones', cluster.databases);
  drawTraffic(cluster.traffic);
  drawEvents(cluster.events);
  const changes = [
    ...drawList(root.querySelector('[data-balancers]'), cluster.balancers),
    ...drawList(root.querySelector('[data-portals]'), cluster.portals),
    ...drawList(root.querySelector('[data-agents]'), cluster.agents),
    ...drawList(root.querySelector('[data-databases]'), cluster.databases),
    ...drawList(root.querySelector('[data-volumes]'), [cluster.volume]),
  ];
  if (changes.length > 0) announce(changes.join(' '));
}

let failingSince;

async function poll() {
  const asked = Date.now();
  try {
    const response = await fetch('/api/v1/status', {
      headers: { Accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 401 || response.status === 403) {
      live.dataset.state = 'stale';
      write(liveText, 'You are signed out. Reload the page to sign in again.');
      return;
    }
    // The load balancer's own word, when no portal is left to answer.
    if (!response.ok) throw new Error(response.headers.get('X-Portico-Node') === 'lb' ? 'lb' : '');
    draw(clusterWords(await response.json()));
    reached();
  } catch (error) {
    failingSince ??= asked;
    missed(error.message === 'lb');
  }
  setTimeout(poll, document.hidden ? EVERY * 4 : failingSince ? AGAIN : EVERY);
}

const outOfReach = document.querySelector('[data-out-of-reach]');

function reached() {
  failingSince = undefined;
  if (outOfReach) outOfReach.hidden = true;
  delete root.dataset.stale;
  delete live.dataset.state;
}

/** @param byBalancer it answered, and has no portal to ask */
function missed(byBalancer) {
  const seconds = Math.round((Date.now() - failingSince) / 1000);
  if (seconds * 1000 < PATIENT) return;
  const since = new Date(failingSince).toLocaleTimeString();
  const who = byBalancer
    ? 'The load balancer answers, but no portal does'
    : 'The whole cluster is out of reach: nothing answers at this address';
  root.dataset.stale = '';
  live.dataset.state = 'stale';
  write(liveText, `No answer for ${seconds} s`);
  if (!outOfReach) return;
  outOfReach.hidden = false;
  const last = 'What stands here is the last known state; this page goes on asking.';
  write(outOfReach, `${who}, since ${since}. ${last}`);
}

/** Jobs and charts change slowly: they are taken from the page as the server draws it. */
async function redraw() {
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of document.querySelectorAll('[data-redrawn]')) {
      const fresh = page.querySelector(`[data-redrawn="${part.dataset.redrawn}"]`);
      // Whoever is about to press a button keeps it.
      if (!fresh || part.contains(document.activeElement) || part.innerHTML === fresh.innerHTML) continue;
      part.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // The poll says that nobody answers.
  } finally {
    setTimeout(redraw, document.hidden ? REDRAWN * 4 : REDRAWN);
  }
}

live.hidden = false;
setTimeout(redraw, REDRAWN);
void poll();
