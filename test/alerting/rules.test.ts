import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { alertConditions } from '../../src/alerting/rules.ts';
import { alertConditionSchema } from '../../src/alerting/schema.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import type { Judgements } from '../../src/drift/judge.ts';

const MODEL = { name: 'churn', version: 'v1' };
const SETTINGS = settingsSchema.parse({});

function scored(driftScore: number): Judgements {
  return { signals: [], driftScore, driftDetected: driftScore > 0, status: driftScore > 0 ? 'drift' : 'no-drift' };
}

test('the drift score raises a CRITICAL alert when it reaches its threshold', () => {
  expect(alertConditions(MODEL, scored(0.499), SETTINGS)).toEqual([]);
  const [alert, ...others] = alertConditions(MODEL, scored(0.5), SETTINGS);
  expect(alertConditionSchema.parse(alert)).toMatchObject({
    severity: 'CRITICAL',
    rule: 'drift-score',
    title: 'Drift score of churn v1 is 50.0 %',
    reasons: ['drift score 0.5 (critical from 0.5)'],
  });
  expect(others).toEqual([]);
});

test("an alert's id is a hash of model, version, rule and signal, whatever the window holds", () => {
  const idOf = (model: typeof MODEL, score: number) => alertConditions(model, scored(score), SETTINGS)[0]?.id;
  const identity = JSON.stringify(['churn', 'v1', 'drift-score', 'driftScore']);
  expect(idOf(MODEL, 0.6)).toBe(createHash('sha256').update(identity).digest('hex').slice(0, 16));
  expect(idOf(MODEL, 0.9)).toBe(idOf(MODEL, 0.6));
  expect(idOf({ ...MODEL, version: 'v2' }, 0.6)).not.toBe(idOf(MODEL, 0.6));
});
