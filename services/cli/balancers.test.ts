import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BalancerFacts, frontsOf, planBalancers, profilesFor } from './balancers.ts';
import { readConfig } from './config.ts';
import { UsageError } from './exit.ts';
import { sharedPorts, wantedPorts } from './setup/ports.ts';

describe('how many load balancers', () => {
  const usual: BalancerFacts = { asked: undefined, profile: false, present: false };
  const table: [string, Partial<BalancerFacts>, { two: boolean; remove: boolean }, RegExp][] = [
    ['nothing said', {}, { two: false, remove: false }, /usual/],
    ['--two-lbs', { asked: 'two' }, { two: true, remove: false }, /asked for/],
    ['the profile', { profile: true }, { two: true, remove: false }, /COMPOSE_PROFILES/],
    ['a second npm start', { present: true }, { two: true, remove: false }, /has two/],
    ['--one-lb where there is one', { asked: 'one' }, { two: false, remove: false }, /asked for/],
    ['--one-lb where there are two', { asked: 'one', present: true }, { two: false, remove: true }, /asked/],
  ];
  for (const [title, facts, expected, reason] of table) {
    test(`${title}: ${expected.two ? 'two' : 'one'}`, () => {
      const { reason: said, ...plan } = planBalancers({ ...usual, ...facts });
      assert.deepEqual(plan, expected);
      assert.match(said, reason);
    });
  }

  test('--one-lb against the profile is refused, and says where the profile stands', () => {
    const facts: BalancerFacts = { ...usual, asked: 'one', profile: true, present: true };
    assert.throws(
      () => planBalancers(facts),
      (error) => error instanceof UsageError && /\.env/.test(error.message),
    );
  });
});

describe('what compose is told', () => {
  test('the profile comes and goes beside those that the operator has of their own', () => {
    const config = readConfig({ COMPOSE_PROFILES: 'theirs,two-lbs' }, {});
    assert.deepEqual(profilesFor(config, true), { COMPOSE_PROFILES: 'theirs,two-lbs' });
    assert.deepEqual(profilesFor(config, false), { COMPOSE_PROFILES: 'theirs' });
    assert.deepEqual(profilesFor(readConfig({}, {}), true), { COMPOSE_PROFILES: 'two-lbs' });
  });
});

describe('the ports', () => {
  const config = readConfig({ PORTICO_HTTPS_PORT: '8444', PORTICO_HTTP_PORT_2: '8444' }, {});

  test('two settings that name the same one are told apart by their names', () => {
    const both = sharedPorts(wantedPorts(frontsOf(config, true)));
    assert.equal(both.length, 3);
    assert.match(both[0] ?? '', /PORTICO_HTTPS_PORT and PORTICO_HTTPS_PORT_2 are both 8444/);
  });

  test('the same port at another address is another', () => {
    const same = { PORTICO_HTTPS_PORT_2: '8443', PORTICO_HTTP_PORT_2: '8080' };
    const shared = (binds: Record<string, string>) =>
      sharedPorts(wantedPorts(frontsOf(readConfig({ ...same, ...binds }, {}), true))).length;
    assert.equal(shared({ PORTICO_BIND: '192.0.2.7', PORTICO_BIND_2: '192.0.2.8' }), 0);
    assert.equal(shared({ PORTICO_BIND: '0.0.0.0', PORTICO_BIND_2: '192.0.2.8' }), 2);
    assert.equal(shared({ PORTICO_BIND: '192.0.2.7' }), 2);
  });

  test('those of a load balancer that is not wanted do not matter', () => {
    assert.deepEqual(sharedPorts(wantedPorts(frontsOf(config, false))), []);
  });

  test('the defaults do not meet', () => {
    assert.deepEqual(sharedPorts(wantedPorts(frontsOf(readConfig({}, {}), true))), []);
  });
});
