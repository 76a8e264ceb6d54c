import { isRunning, isSettled, NIL_UUID, type Observation, type State, show } from './observation.ts';

/**
 * The one recovery mechanism, as a pure decision: from what a node knows of itself and of its peers to what it does next.
 *
 * Two invariants carry it:
 * 1. A cluster is started only when no mariadbd runs on any node, and all positions are known. A position cannot
 *    change while its mariadbd does not run, so every node that decides, decides from the same three positions:
 *    the highest wins, the lowest name on a tie.
 * 2. Before it starts the cluster, a node publishes the claim, and then asks every peer anew (supervisor.ts). Of two nodes
 *    that claim at once, whichever asked later sees the other's claim, so at most one goes on. Nobody's clock counts.
 */

export interface Facts {
  /** The cluster's UUID, from the mark that outlives every node's data; undefined: no cluster was ever born. */
  born: string | undefined;
  /** How long this node has been in its state, and no peer was Primary or about to be. Milliseconds, monotonic. */
  aloneMs: number;
  /** How long this node has been in its state. */
  stateMs: number;
}

export type Action =
  | 'keep' // mariadbd runs and goes on
  | 'stop' // end mariadbd, so that the position settles
  | 'wait'
  | 'join'
  | 'refill' // discard this node's data and join with a peer's copy
  | 'initialise'
  | 'bootstrap'
  /** Start the cluster under a new UUID, because an absent node may come back with a history of its own. */
  | 'bootstrap-anew';

export interface Plan {
  action: Action;
  /** A sentence for the log and for the operator. */
  reason: string;
}

const STARTING_CLUSTER: readonly State[] = ['initialising', 'bootstrapping'];

/** Galera takes a node that lost sight of the others back by itself, given this long. */
export const MERGE_MS = 8_000;
/** Longer than a peer's restart of its mariadbd is not worth waiting for. */
export const JOIN_ALONE_MS = 5_000;

const HOW_TO_GO_ON =
  'Start what is missing, or, if its data is lost for good, run `npx portico db recover --accept-loss`';

/** @param peers every other node by name; undefined: it does not answer */
export function planRecovery(
  self: Observation,
  peers: ReadonlyMap<string, Observation | undefined>,
  facts: Facts,
): Plan {
  const known = [...peers.values()].filter((peer) => peer !== undefined);
  return isRunning(self.state)
    ? planRunning(self, peers, known, facts)
    : planSettled(self, peers, known, facts);
}

function planRunning(
  self: Observation,
  peers: ReadonlyMap<string, Observation | undefined>,
  known: Observation[],
  facts: Facts,
): Plan {
  const primary = known.find((peer) => peer.state === 'primary');
  const missing = absent(peers);
  if (self.state === 'primary') {
    if (facts.born !== undefined && self.position !== undefined && self.position.uuid !== facts.born)
      return {
        action: 'stop',
        reason: `The cluster ${self.position.uuid} was given up by an operator; ${facts.born} goes on.`,
      };
    const gone = missing.length > 0 ? ` ${list(missing)} ${missing.length > 1 ? 'are' : 'is'} away.` : '';
    return {
      action: 'keep',
      reason: `${self.name} is part of the cluster${self.synced ? '' : ', and catches up'}.${gone}`,
    };
  }
  if (self.state === 'bootstrapping') {
    if (primary)
      return { action: 'stop', reason: `${primary.name} is Primary already; ${self.name} must join it.` };
    return { action: 'keep', reason: `${self.name} starts the cluster.` };
  }
  if (self.state === 'joining') {
    const first = primary ?? known.find(startsCluster);
    if (first) return { action: 'keep', reason: `${self.name} joins ${first.name}.` };
    if (facts.aloneMs >= JOIN_ALONE_MS)
      return { action: 'stop', reason: `Nobody is Primary any more: ${self.name} stops joining.` };
    return { action: 'keep', reason: `${self.name} joins, but lost sight of a Primary peer.` };
  }
  // Running without the quorum.
  if (primary) {
    if (facts.stateMs >= MERGE_MS)
      return {
        action: 'stop',
        reason: `${primary.name} is Primary and Galera did not take ${self.name} back by itself: it joins afresh.`,
      };
    return { action: 'keep', reason: `${primary.name} is Primary; Galera takes ${self.name} back.` };
  }
  if (missing.length > 0 && !accepted(self, known))
    return {
      action: 'keep',
      reason: `${self.name} lost the quorum and waits for ${list(missing)}. ${HOW_TO_GO_ON}.`,
    };
  const restarted = known.find((peer) => !isRunning(peer.state));
  if (restarted)
    return {
      action: 'stop',
      reason: `${restarted.name} is back but the cluster is not: ${self.name} stops so that all positions can be compared.`,
    };
  if (facts.aloneMs >= MERGE_MS || missing.length > 0)
    return {
      action: 'stop',
      reason: `All nodes run without a quorum and did not find together: ${self.name} stops so that all positions can be compared.`,
    };
  return { action: 'keep', reason: 'All nodes run without a quorum; Galera may bring them together.' };
}

function planSettled(
  self: Observation,
  peers: ReadonlyMap<string, Observation | undefined>,
  known: Observation[],
  facts: Facts,
): Plan {
  const wait = (reason: string): Plan => ({ action: 'wait', reason });
  if (!isSettled(self.state)) return wait(`${self.name} is ${self.state}.`);

  const primary = choosePrimary(known, facts.born);
  if (primary) {
    const early = notExpelled(self, known, facts);
    return early ? wait(early) : planJoin(self, primary, facts);
  }

  const starter = known.find(startsCluster);
  if (starter)
    return wait(
      `${starter.name} is about to start the cluster (${starter.claiming ? 'claiming' : starter.state}).`,
    );

  const missing = absent(peers);
  const lossy = accepted(self, known);
  if (missing.length > 0 && !lossy)
    return wait(
      `No node is Primary and ${silent(missing)}, and may hold a commit that nobody else has. ${HOW_TO_GO_ON}.`,
    );
  const restless = known.find((peer) => !isSettled(peer.state));
  if (restless) return wait(`${restless.name} is ${restless.state}; its position is not final yet.`);

  // From here on mariadbd runs nowhere (invariant 1).
  const all = [self, ...known];
  const unusable = all.filter((node) => node.state === 'unusable');
  if (unusable.length > 0 && !lossy)
    return wait(
      `No node is Primary and the data of ${list(unusable.map((node) => node.name))} cannot be used. To go on with what the others have, run \`npx portico db recover --accept-loss\`.`,
    );
  return planStart(self, all, facts, missing.length + unusable.length > 0);
}

/** All positions are known, or an operator accepted that some are not: who starts the cluster? */
function planStart(self: Observation, all: Observation[], facts: Facts, incomplete: boolean): Plan {
  const wait = (reason: string): Plan => ({ action: 'wait', reason });
  const positioned = all.filter((node) => hasPosition(node));
  const ofBorn = positioned.filter((node) => node.position!.uuid === facts.born);
  const candidates = ofBorn.length > 0 ? ofBorn : positioned;
  const histories = new Set(candidates.map((node) => node.position!.uuid));
  if (histories.size > 1)
    return wait(
      `The nodes hold different histories (${[...candidates]
        .sort(byName)
        .map((node) => `${node.name}: ${show(node.position!)}`)
        .join(
          ', ',
        )}), and no mark says which is the cluster's. An operator must take the wrong volumes away.`,
    );

  const [winner] = [...candidates].sort((a, b) => b.position!.seqno - a.position!.seqno || byName(a, b));
  if (winner) {
    if (winner.name !== self.name)
      return wait(
        `${winner.name} has the highest position (${show(winner.position!)}) and starts the cluster.`,
      );
    return incomplete
      ? {
          action: 'bootstrap-anew',
          reason: `An operator accepted the loss: ${self.name} has the highest position of the nodes that are there (${show(winner.position!)}) and starts the cluster anew.`,
        }
      : {
          action: 'bootstrap',
          reason: `All positions are known and ${self.name} has the highest (${show(winner.position!)}): it starts the cluster.`,
        };
  }
  if (facts.born !== undefined)
    return wait(
      `The cluster ${facts.born} was born, but no node holds data any more. An empty cluster is never started in its place: restore a backup, or remove all volumes.`,
    );
  if (incomplete)
    return wait('No cluster was born yet and not all nodes are there: the first start needs all of them.');

  const fresh = all.filter((node) => node.state === 'fresh').sort(byName);
  const first = fresh[0] ?? [...all].sort(byName)[0]!;
  if (first.name !== self.name) return wait(`${first.name} makes the first data.`);
  return fresh.length > 0
    ? {
        action: 'bootstrap',
        reason: `No cluster was ever born and ${self.name} is initialised: it starts the cluster.`,
      }
    : {
        action: 'initialise',
        reason: `All nodes are empty and no cluster was ever born: ${self.name} makes the first data.`,
      };
}

/**
 * A node that died is a member until the others have expelled it. Were it to join again before, under a new identity,
 * Galera may agree on no membership at all and the whole cluster loses its quorum ("install timer expired", seen when
 * a node was killed and started within a second).
 * @returns a sentence, or undefined when it may join
 */
function notExpelled(self: Observation, known: Observation[], facts: Facts): string | undefined {
  // A node of the version before does not say whom it sees.
  const primaries = known.filter((peer) => peer.state === 'primary' && peer.members !== undefined);
  if (primaries.length === 0) return undefined;
  // Seen since our own mariadbd is known not to run; what was seen before tells nothing.
  const since = primaries.filter((peer) => (peer.membersAgeMs ?? Number.POSITIVE_INFINITY) < facts.stateMs);
  if (since.length === 0)
    return `${self.name} joins as soon as ${list(primaries.map(({ name }) => name))} said who is in the cluster.`;
  const counting = since.filter((peer) => peer.members?.includes(self.name)).map(({ name }) => name);
  if (counting.length === 0) return undefined;
  return `${list(counting)} still ${counting.length > 1 ? 'count' : 'counts'} the last run of ${self.name} among the cluster; it joins once that is expelled.`;
}

function planJoin(self: Observation, primary: Observation, facts: Facts): Plan {
  const uuid = primary.position?.uuid;
  if (self.state === 'unusable')
    return {
      action: 'refill',
      reason: `The data of ${self.name} cannot be used; ${primary.name} is Primary and has a copy.`,
    };
  if (hasPosition(self) && uuid !== undefined && self.position!.uuid !== uuid) {
    if (uuid === facts.born)
      return {
        action: 'refill',
        reason: `${self.name} holds a history that was given up (${show(self.position!)}); ${primary.name} is Primary under ${uuid}.`,
      };
    return {
      action: 'wait',
      reason: `${self.name} holds ${show(self.position!)}, but ${primary.name} is Primary under another history (${uuid}). An operator must decide which volume is the wrong one.`,
    };
  }
  return { action: 'join', reason: `${primary.name} is Primary: ${self.name} joins it.` };
}

/** Two Primary peers under different histories: the mark says which one is the cluster. */
function choosePrimary(known: Observation[], born: string | undefined): Observation | undefined {
  const primaries = known.filter((peer) => peer.state === 'primary').sort(byName);
  return primaries.find((peer) => peer.position?.uuid === born) ?? primaries[0];
}

const absent = (peers: ReadonlyMap<string, Observation | undefined>): string[] =>
  [...peers].filter(([, peer]) => peer === undefined).map(([name]) => name);
const startsCluster = (peer: Observation): boolean =>
  peer.claiming === true || STARTING_CLUSTER.includes(peer.state);
const accepted = (self: Observation, known: Observation[]): boolean =>
  [self, ...known].some((node) => node.acceptLoss === true);
const hasPosition = (node: Observation): boolean =>
  node.state !== 'unusable' &&
  node.position !== undefined &&
  node.position.uuid !== NIL_UUID &&
  node.position.seqno >= 0;
const byName = (a: Observation, b: Observation): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const silent = (names: string[]): string => `${list(names)} ${names.length > 1 ? 'do' : 'does'} not answer`;
const list = (names: string[]): string => [...names].sort().join(' and ');
