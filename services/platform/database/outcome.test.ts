import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PorticoError } from '../errors.ts';
import { classify, isDuplicate, NodeLost } from './outcome.ts';

const sqlError = (errno: number) => Object.assign(new Error('said the server'), { errno });

describe('what an error says about the next try', () => {
  const table: [string, unknown, string][] = [
    ['deadlock or failed certification', sqlError(1213), 'again'],
    ['lock wait or causal wait timed out', sqlError(1205), 'again'],
    ['snapshot outdated', sqlError(1020), 'again'],
    ['too many connections', sqlError(1040), 'again'],
    ['cluster lost', sqlError(1047), 'elsewhere'],
    ['server shutting down', sqlError(1053), 'elsewhere'],
    ['connection taken away by the router', new NodeLost('db-1 did not answer in time'), 'elsewhere'],
    [
      'connection reset',
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104 }),
      'elsewhere',
    ],
    [
      'any error that mysql2 calls fatal',
      Object.assign(new Error('closed state'), { fatal: true }),
      'elsewhere',
    ],
    ['syntax error', sqlError(1064), 'final'],
    ['duplicate key', sqlError(1062), 'final'],
    ['a refusal of the application', new PorticoError('conflict', 'No.'), 'final'],
    ['something that is no error', 'text', 'final'],
  ];
  for (const [title, error, kind] of table) {
    it(`${title}: ${kind}`, () => {
      const verdict = classify(error);
      assert.equal(verdict.kind, kind);
      assert.notEqual(verdict.reason, '');
    });
  }

  it('knows a duplicate key', () => {
    assert.equal(isDuplicate(sqlError(1062)), true);
    assert.equal(isDuplicate(sqlError(1213)), false);
  });
});
