import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { alertConditions, runConditions, type WindowFacts } from '../../src/alerting/rules.ts';
import { alertConditionSchema } from '../../src/alerting/schema.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { type Judgements, judge } from '../../src/drift/judge.ts';
import { baselineOf, judgementOf, windowOf } from '../drift/in-memory.ts';

const MODEL = { name: 'churn', version: 'v1' };
const SETTINGS = settingsSchema.parse({});
const CALM: WindowFacts = {
  rows: 1000,
  files: 4,
  absent: new Map(),
  labelledRows: 0,
  service: { requests: 0, errorRate: undefined, latencyP95: undefined },
};

function scored(driftScore: number): Judgements {
  return { signals: [], driftScore, driftDetected: driftScore > 0, status: driftScore > 0 ? 'drift' : 'no-drift' };
}

/** Conditions of a window, with rules as the YAML file has them. */
function conditions(judgements: Judgements, facts: Partial<WindowFacts> = {}, alerts: object = {}) {
  const settings = settingsSchema.parse({ alerts }).alerts;
  return alertConditions(MODEL, judgements, SETTINGS, settings, { ...CALM, ...facts });
}

/** A feature of which such a share of the rows went from a to b. */
function shifted(share: number): Judgements {
  const values = (b: number) => ({
    categories: Array.from({ length: 10_000 }, (_, row) => (row < b * 10_000 ? 'b' : 'a')),
  });
  const baseline = baselineOf({ plan: values(0.2) });
  return judge(baseline, windowOf(baseline, { plan: values(0.2 + share) }), judgementOf());
}

test('the drift score raises a CRITICAL alert when it reaches its threshold', () => {
  expect(conditions(scored(0.499))).toEqual([]);
  const [alert, ...others] = conditions(scored(0.5));
  expect(alertConditionSchema.parse(alert)).toMatchObject({
    severity: 'CRITICAL',
    rule: 'drift-score',
    title: 'Drift score of churn v1 is 50.0 %',
    reasons: ['drift score 0.5 (critical from 0.5)'],
  });
  expect(others).toEqual([]);
});

test("an alert's id is a hash of model, version, rule and signal, whatever the window holds", () => {
  const idOf = (model: typeof MODEL, score: number) =>
    alertConditions(model, scored(score), SETTINGS, SETTINGS.alerts, CALM)[0]?.id;
  const identity = JSON.stringify(['churn', 'v1', 'drift-score', 'driftScore']);
  expect(idOf(MODEL, 0.6)).toBe(createHash('sha256').update(identity).digest('hex').slice(0, 16));
  expect(idOf(MODEL, 0.9)).toBe(idOf(MODEL, 0.6));
  expect(idOf({ ...MODEL, version: 'v2' }, 0.6)).not.toBe(idOf(MODEL, 0.6));
});

describe('a signal', () => {
  const severities = (judgements: Judgements, alerts: object = {}) =>
    conditions(judgements, {}, alerts).map(({ rule, severity }) => `${rule} ${severity}`);

  test('is WARNING from 1 × its threshold and CRITICAL from 2 ×; a minor one is no alert', () => {
    expect(severities(shifted(0.15))).toEqual([]);
    expect(severities(shifted(0.25))).toEqual(['signal-drift WARNING']);
    expect(severities(shifted(0.45))).toEqual(['signal-drift CRITICAL']);
  });

  test('is INFO when minor where the settings want it', () => {
    expect(severities(shifted(0.15), { rules: { feature: { info: 0.5 } } })).toEqual(['signal-drift INFO']);
  });

  test('of importance is CRITICAL from 1 ×, and one that is switched off is no alert', () => {
    expect(severities(shifted(0.25), { importantFeatures: ['plan'] })).toEqual(['signal-drift CRITICAL']);
    expect(severities(shifted(0.45), { rules: { feature: { warning: null, critical: null } } })).toEqual([]);
  });

  test('makes no alert from fewer rows than the settings ask for', () => {
    expect(severities(shifted(0.45), { minimumRows: 1001 })).toEqual([]);
  });
});

test('a column that half of the files lack is missing', () => {
  const absent = new Map([
    ['age', 2],
    ['plan', 1],
    ['__proto__', 4],
  ]);
  const found = conditions(scored(0), { absent });
  expect(found.map(({ signal, severity }) => [signal, severity])).toEqual([
    ['age', 'WARNING'],
    ['__proto__', 'WARNING'],
  ]);
  expect(found[0]?.reasons).toEqual(['absent from 2 of 4 files']);
});

test('more than 5 % of failed requests is WARNING, more than 10 % CRITICAL, and exactly 5 % neither', () => {
  const at = (errorRate: number) => conditions(scored(0), { service: { ...CALM.service, requests: 1000, errorRate } });
  expect(at(0.05)).toEqual([]);
  expect(at(0.051)).toMatchObject([{ rule: 'error-rate', severity: 'WARNING', title: '5.1 % of the requests failed' }]);
  expect(at(0.2)).toMatchObject([{ severity: 'CRITICAL', reasons: ['200 of 1000 (critical above 10.0 %)'] }]);
});

test('latency is watched once it has a limit', () => {
  const service = { ...CALM.service, latencyP95: 800 };
  expect(conditions(scored(0), { service })).toEqual([]);
  const alerts = { rules: { latency: { warning: 500, critical: 1000 } } };
  expect(conditions(scored(0), { service }, alerts)).toMatchObject([{ rule: 'latency', severity: 'WARNING' }]);
});

describe('what only earlier runs and the clock can tell', () => {
  const NOW = Date.parse('2026-01-31T00:00:00Z');
  const ofRun = (facts: Partial<Parameters<typeof runConditions>[1]>, settings = SETTINGS.alerts) =>
    runConditions(
      MODEL,
      { to: NOW, status: 'no-drift', baselineCreatedAt: NOW, volume: undefined, ...facts },
      settings,
    );

  test('a window without rows is one alert, unless that is switched off', () => {
    expect(ofRun({ status: 'no-data' })).toMatchObject([{ rule: 'no-data', severity: 'WARNING' }]);
    const off = settingsSchema.parse({ alerts: { rules: { noData: 'off' } } }).alerts;
    expect(ofRun({ status: 'no-data' }, off)).toEqual([]);
  });

  test('half of the usual rows is WARNING, a tenth CRITICAL', () => {
    expect(ofRun({ volume: { rows: 51, usual: 100 } })).toEqual([]);
    expect(ofRun({ volume: { rows: 50, usual: 100 } })).toMatchObject([{ rule: 'low-volume', severity: 'WARNING' }]);
    expect(ofRun({ volume: { rows: 0, usual: 100 } })).toMatchObject([{ severity: 'CRITICAL' }]);
  });

  test('a baseline of 90 days is stale', () => {
    const days = (count: number) => ofRun({ baselineCreatedAt: NOW - count * 86_400_000 });
    expect(days(89)).toEqual([]);
    expect(days(90)).toMatchObject([
      { rule: 'stale-baseline', severity: 'WARNING', title: 'The baseline is 90 days old' },
    ]);
  });
});
