import { describe, expect, test } from 'vitest';
import { quantile, serviceFigures } from '../../src/alerting/service-figures.ts';
import { rememberHour, usualRows } from '../../src/alerting/volume.ts';
import { recordColumns } from '../../src/config/record-columns.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { type CategoricalProfile, emptyCategorical } from '../../src/profile/categorical.ts';
import { NumericAccumulator } from '../../src/profile/numeric.ts';
import { serviceSpecs } from '../../src/profile/service-columns.ts';

const OK = ['ok', 'success'];
const HOUR = 3_600_000;
const NOON = Date.parse('2026-01-31T12:00:00Z');

const specs = serviceSpecs(recordColumns(settingsSchema.parse({})), OK);
const statusSpec = specs.find((spec) => spec.type === 'categorical');
const latencySpec = specs.find((spec) => spec.type === 'numeric' && spec.name === 'latency_ms');
if (statusSpec?.type !== 'categorical' || latencySpec?.type !== 'numeric') throw new Error('no such columns');

/** Rows by status, as an hour profile counts them. */
function statuses(rows: Readonly<Record<string, number>>): CategoricalProfile {
  const profile = emptyCategorical(statusSpec as Extract<typeof statusSpec, { type: 'categorical' }>);
  const counts = profile.counts.slice();
  const unseen: { value: string; count: number }[] = [];
  for (const [value, count] of Object.entries(rows)) {
    const index = profile.spec.values.indexOf(value);
    if (index < 0) unseen.push({ value, count });
    else counts[index] = count;
  }
  return { ...profile, counts, unseen: unseen.reduce((sum, { count }) => sum + count, 0), examples: unseen };
}

describe('error rate', () => {
  const rate = (rows: Readonly<Record<string, number>>, ok = OK) =>
    serviceFigures(statuses(rows), undefined, ok).errorRate;

  test('a number is an error from 500, a text that is neither ok nor success always, in any case', () => {
    expect(rate({ 200: 90, 404: 5, 500: 3, 503: 2 })).toBe(0.05);
    expect(rate({ ok: 80, success: 10, error: 5, timeout: 5 })).toBe(0.1);
    expect(rate({ OK: 80, Success: 10, 'SERVER ERROR': 10 })).toBe(0.1);
    expect(rate({ '200.0': 50, '500.0': 50 })).toBe(0.5);
  });

  test('words for success are a setting', () => {
    expect(rate({ completed: 100 })).toBe(1);
    expect(rate({ completed: 100 }, ['Completed'])).toBe(0);
  });

  test('is unknown without any status', () => {
    expect(rate({})).toBeUndefined();
    expect(serviceFigures(undefined, undefined, OK)).toEqual({
      requests: 0,
      errorRate: undefined,
      latencyP95: undefined,
    });
  });
});

test('the 95th percentile of the latency is at most a cell off', () => {
  const accumulator = new NumericAccumulator(latencySpec);
  accumulator.add(
    Float64Array.from({ length: 1000 }, (_, row) => row + 1),
    undefined,
    undefined,
  );
  accumulator.endRowGroup();
  const profile = accumulator.profile();
  expect(quantile(profile, 0.95)).toBeGreaterThan(950 * 0.88);
  expect(quantile(profile, 0.95)).toBeLessThan(950 * 1.12);
  expect(quantile(profile, 1)).toBe(1000);
  expect(quantile(new NumericAccumulator(latencySpec).profile(), 0.95)).toBeUndefined();
});

describe('usual rows of an hour', () => {
  const days = (rows: readonly number[]) =>
    rows.map((count, index) => ({ hour: new Date(NOON - (index + 1) * 24 * HOUR).toISOString(), rows: count }));

  test('are the median of that hour in the last 7 days, once 3 are known', () => {
    expect(usualRows(days([100, 300]), NOON)).toBeUndefined();
    expect(usualRows(days([100, 300, 200]), NOON)).toBe(200);
    expect(usualRows(days([100, 300, 200, 400]), NOON)).toBe(250);
    expect(usualRows(days([100, 300, 200]), NOON + HOUR)).toBeUndefined();
  });

  test('are those of a week ago where these are fewer: Sundays are quiet every week', () => {
    expect(usualRows(days([1000, 1000, 1000, 1000, 1000, 1000, 100]), NOON)).toBe(100);
  });

  test('are unknown where chance decides', () => {
    expect(usualRows(days([3, 2, 4]), NOON)).toBeUndefined();
  });

  test('are remembered for 8 days, as they were counted first', () => {
    let hours: ReturnType<typeof days> = [];
    for (let hour = 0; hour < 400; hour++) hours = rememberHour(hours, NOON + hour * HOUR, hour);
    expect(hours).toHaveLength(8 * 24 + 1);
    expect(rememberHour(hours, NOON + 399 * HOUR, 5)).toHaveLength(8 * 24 + 1);
  });
});
