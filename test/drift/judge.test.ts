import { describe, expect, it } from 'vitest';
import { judge } from '../../src/drift/judge.ts';
import { reasonsFor } from '../../src/drift/reasons.ts';
import { normalOf as normal, uniform } from '../../src/statistics/random.ts';
import { baselineOf, judgementOf, type Values, windowOf } from './in-memory.ts';

const random = uniform(20251224);
const z = normal(random);

function normals(rows: number, mean = 0, deviation = 1): { numbers: Float64Array } {
  return { numbers: Float64Array.from({ length: rows }, () => mean + deviation * z()) };
}

/** Rows of categories with the given shares; `'null'` is missing. */
function categories(rows: number, shares: Readonly<Record<string, number>>): Values {
  const entries = Object.entries(shares);
  let cumulative = 0;
  const limits = entries.map(([, share]) => {
    cumulative += share;
    return cumulative;
  });
  return {
    categories: Array.from({ length: rows }, () => {
      const u = random() * cumulative;
      const [value = ''] = entries[limits.findIndex((limit) => u < limit)] ?? [];
      return value === 'null' ? null : value;
    }),
  };
}

function vectors(rows: number, direction: readonly number[], length = 1): Values {
  return { vectors: Array.from({ length: rows }, () => direction.map((value) => length * (value + 0.3 * z()))) };
}

const ROWS = 4_000;

/** What a window of one column is judged as, against a baseline of it. */
function verdictOn(before: Values, now: Values, changes: Parameters<typeof judgementOf>[0] = {}) {
  const judgement = judgementOf(changes);
  const baseline = baselineOf({ x: before });
  const { signals, status, driftScore } = judge(baseline, windowOf(baseline, { x: now }), judgement);
  const [signal] = signals;
  if (signal === undefined) throw new Error('no signal');
  return {
    verdict: signal.verdict,
    reasons: reasonsFor(signal, judgement),
    status,
    driftScore,
    measured: signal.measured,
  };
}

describe('verdict on a numeric column', () => {
  it('is none without a change, with the numbers', () => {
    const { verdict, reasons, driftScore } = verdictOn(normals(ROWS), normals(1_000));
    expect(verdict).toBe('none');
    expect(driftScore).toBe(0);
    expect(reasons[0]).toMatch(/^no evidence of a change: PSI 0\.0\d+, Kolmogorov-Smirnov distance 0\.0\d+, p = /);
  });

  it('is drift for half a standard deviation and more, with what moved', () => {
    const { verdict, reasons } = verdictOn(normals(ROWS, 10, 2), normals(1_000, 11.6, 2));
    expect(verdict).toBe('drift');
    expect(reasons.join('\n')).toMatch(
      /PSI 0\.\d+ \(drift from 0\.2\)\n.*\(drift from 0\.2\)\nmean \S+ → 11\.\d\n.*p < 0\.0001/s,
    );
  });

  it('is minor for a third of a standard deviation', () => {
    expect(verdictOn(normals(20_000), normals(10_000, 0.36)).verdict).toBe('minor');
  });

  it('is none for a change that is certain but too small to matter', () => {
    const { verdict, reasons, driftScore } = verdictOn(normals(50_000), normals(50_000, 0.1));
    expect(verdict).toBe('none');
    expect(reasons[0]).toMatch(/^a real change, but too small to matter: .* p < 0\.0001 after adjustment$/);
    expect(driftScore).toBeGreaterThan(0);
    expect(driftScore).toBeLessThan(0.1);
  });

  it('waits with fewer than 500 rows for the lower bound of the effect', () => {
    const { verdict, reasons } = verdictOn(normals(ROWS), normals(300, 0.33));
    expect(verdict).toBe('none');
    expect(reasons[0]).toMatch(
      /^a real change, but with fewer than 500 rows perhaps too small to matter: .*at least 0\.0\d+/,
    );
  });

  it('sees a change of the spread alone', () => {
    const { verdict, reasons } = verdictOn(normals(ROWS), normals(1_000, 0, 2));
    expect(verdict).toBe('drift');
    expect(reasons.join('\n')).toMatch(/standard deviation \S+ → (1\.9|2)/);
  });

  it('is drift with score 1 for ranges that do not overlap', () => {
    const { verdict, driftScore } = verdictOn(normals(ROWS), normals(1_000, 1_000));
    expect(verdict).toBe('drift');
    expect(driftScore).toBe(1);
  });

  it('counts infinities as values beyond the range', () => {
    const infinite = Float64Array.from({ length: 600 }, (_, row) => (row % 2 === 0 ? Number.NEGATIVE_INFINITY : z()));
    const { verdict, reasons } = verdictOn(normals(ROWS), { numbers: infinite });
    expect(verdict).toBe('drift');
    expect(reasons).toContain("50.0 % of the values lie outside of the training data's range");
  });

  it('of a constant column is none while it stays, and drift when it leaves', () => {
    const constant = (value: number) => ({ numbers: new Float64Array(600).fill(value) });
    expect(verdictOn(constant(5), constant(5)).verdict).toBe('none');
    const moved = verdictOn(constant(5), constant(6));
    expect(moved.verdict).toBe('drift');
    expect(moved.driftScore).toBe(1);
  });
});

describe('missing values', () => {
  const withMissing = (rows: number, share: number, mean = 0): Values => ({
    numbers: Array.from({ length: rows }, () => (random() < share ? null : mean + z())),
  });

  it('are drift of their own when they rise', () => {
    const { verdict, reasons } = verdictOn(withMissing(ROWS, 0.02), withMissing(1_000, 0.3));
    expect(verdict).toBe('drift');
    expect(reasons.join('\n')).toMatch(/missing: [12]\.\d % → (2[6-9]|3[0-4])\.\d %/);
  });

  it('are drift with a plain reason where a column has vanished, whatever its kind', () => {
    for (const before of [normals(ROWS), categories(ROWS, { a: 0.5, b: 0.5 }), vectors(ROWS, [1, 2, 3])]) {
      const baseline = baselineOf({ gone: before, x: normals(ROWS) });
      const judgement = judgementOf();
      const { signals, driftScore } = judge(baseline, windowOf(baseline, { x: normals(600) }), judgement);
      const [gone, kept] = signals;
      if (gone === undefined || kept === undefined) throw new Error('no signals');
      expect(gone.verdict).toBe('drift');
      expect(reasonsFor(gone, judgement)[0]).toMatch(
        /^(every value is missing|no row holds a usable vector) \(in the training data 0\.0 % of the rows\)$/,
      );
      expect(kept.verdict).toBe('none');
      expect(driftScore).toBe(1);
    }
  });

  it('leave few values whose distance is then taken with care', () => {
    const { verdict, measured } = verdictOn(withMissing(20_000, 0.97), withMissing(2_000, 0.97, 0.6));
    if ('parts' in measured) throw new Error('no embedding');
    expect(measured.rows.window).toBe(2_000);
    expect(measured.distanceRows.window).toBeLessThan(100);
    expect(verdict).not.toBe('drift');
  });

  it('scale the drift score: what is not there cannot have drifted', () => {
    const { driftScore } = verdictOn(withMissing(ROWS, 0.5), withMissing(2_000, 0.5, 100));
    expect(driftScore).toBeGreaterThan(0.4);
    expect(driftScore).toBeLessThan(0.6);
  });
});

describe('verdict on a categorical column', () => {
  it('is drift for a new category of a quarter of the rows, which is named first', () => {
    const shares = { a: 0.6, b: 0.3, c: 0.1 };
    const { verdict, reasons } = verdictOn(
      categories(ROWS, shares),
      categories(500, { a: 0.45, b: 0.22, c: 0.08, new: 0.25 }),
    );
    expect(verdict).toBe('drift');
    expect(reasons.find((reason) => reason.includes('→'))).toMatch(
      /^values that the baseline does not know \('new'\): 0\.0 % → 2\d\.\d %$/,
    );
  });

  it('is drift where a category of a fifth of the rows vanishes', () => {
    const { verdict, reasons } = verdictOn(
      categories(ROWS, { a: 0.5, b: 0.3, c: 0.2 }),
      categories(600, { a: 0.62, b: 0.38 }),
    );
    expect(verdict).toBe('drift');
    expect(reasons.join('\n')).toMatch(/'c': (19|20|21)\.\d % → 0\.0 %/);
  });

  it('has score 1 where no value overlaps, even if the baseline has rare values', () => {
    const tail = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`rare ${index}`, 0.0005]));
    const before = categories(ROWS, { a: 0.8, ...tail });
    const { verdict, driftScore } = verdictOn(before, categories(600, { x: 0.5, y: 0.5 }));
    expect(verdict).toBe('drift');
    expect(driftScore).toBe(1);
  });

  it.each([2, 1_000, 10_000])('is none for %i categories by Zipf, most of them rare or unseen', (size) => {
    const zipf = Object.fromEntries(Array.from({ length: size }, (_, index) => [`v${index}`, 1 / (index + 1)]));
    const draw = (rows: number) => categories(rows, zipf);
    const verdicts = Array.from({ length: 5 }, () => verdictOn(draw(2_000), draw(400)).verdict);
    expect(verdicts).toEqual(['none', 'none', 'none', 'none', 'none']);
  });

  it('takes names for names', () => {
    const shares = { __proto__x: 0.2, constructor: 0.3, toString: 0.3, '': 0.2 };
    expect(verdictOn(categories(ROWS, shares), categories(600, shares)).verdict).toBe('none');
  });
});

describe('verdict on an embedding', () => {
  it('is none without a change, and names what turned or grew', () => {
    const before = vectors(ROWS, [1, 1, 0, 0]);
    expect(verdictOn(before, vectors(600, [1, 1, 0, 0])).verdict).toBe('none');
    const turned = verdictOn(before, vectors(600, [1, 0.5, 0.9, 0]));
    expect(turned.verdict).toBe('drift');
    expect(turned.reasons.join('\n')).toMatch(/component \d: PSI .*the centroid moved by [12]\.\d+ of the spread/s);
    const grown = verdictOn(before, vectors(600, [1, 1, 0, 0], 2));
    expect(grown.verdict).toBe('drift');
    expect(grown.reasons.join('\n')).toMatch(/^(norm|component 1): PSI/m);
  });

  it('is drift where vectors have another length', () => {
    const { verdict, reasons } = verdictOn(vectors(ROWS, [1, 1, 1]), vectors(600, [1, 1]));
    expect(verdict).toBe('drift');
    expect(reasons[0]).toMatch(/^no row holds a usable vector/);
  });
});

describe('too few rows', () => {
  it('are neither drift nor all-clear, in the window or in the baseline, and say what is needed', () => {
    const window = verdictOn(normals(ROWS), normals(99, 50));
    expect(window).toMatchObject({ verdict: 'insufficient-data', status: 'insufficient-data', driftScore: 0 });
    expect(window.reasons).toEqual(['the window has 99 rows; at least 100 are needed']);
    const baseline = verdictOn(normals(60), normals(1_000, 50));
    expect(baseline).toMatchObject({ verdict: 'insufficient-data', status: 'insufficient-data', driftScore: 0 });
    expect(baseline.reasons).toEqual(['the baseline has 60 rows to compare with; at least 100 are needed']);
    const half = verdictOn(categories(150, { a: 0.5, b: 0.5 }), categories(1_000, { c: 1 }));
    expect(half.verdict).toBe('insufficient-data');
    expect(half.reasons[0]).toMatch(/the baseline has \d\d rows to compare with \(half of its rows: .* at least 100/);
  });

  it('leave the other signals judged, and out of the family that p-values are adjusted over', () => {
    const baseline = baselineOf({ x: normals(150), c: categories(150, { a: 0.5, b: 0.5 }) });
    const window = windowOf(baseline, { x: normals(600), c: categories(600, { z: 1 }) });
    const { signals, status } = judge(baseline, window, judgementOf());
    expect(signals.map(({ verdict }) => verdict)).toEqual(['none', 'insufficient-data']);
    expect(signals[0]?.adjustedPValue).toBe(signals[0]?.measured.pValue);
    expect(signals[1]?.adjustedPValue).toBeNaN();
    expect(status).toBe('no-drift');
  });

  it('are no data when there is none', () => {
    const baseline = baselineOf({ x: normals(ROWS), c: categories(ROWS, { a: 1 }), e: vectors(ROWS, [1, 2]) });
    const { status, driftScore, signals } = judge(baseline, windowOf(baseline, {}), judgementOf());
    expect({ status, driftScore }).toEqual({ status: 'no-data', driftScore: 0 });
    expect(new Set(signals.map(({ verdict }) => verdict))).toEqual(new Set(['insufficient-data']));
  });
});

describe('one outlier of 1e6 standard deviations', () => {
  const measured = (before: Values, now: Values) => {
    const { measured, verdict } = verdictOn(before, now);
    if (!('psi' in measured)) throw new Error('a numeric column is expected');
    return { psi: measured.psi.value ?? Number.NaN, distance: measured.distance.value ?? Number.NaN, verdict };
  };

  const outlier = (values: { numbers: Float64Array }, sign: number) => ({
    numbers: values.numbers.with(0, sign * 1e6),
  });

  it.each([
    // Fewer training rows have a tail bin of a few rows, where one can be more than 1 % of the index.
    ['the window', 1_000, 1],
    ['the window', 1_000, -1],
    ['the window', 20_000, 1],
    ['the training data', 20_000, 1],
    ['the training data', 20_000, -1],
  ])(
    'in %s among %i rows changes PSI and distance by less than 1 % of a shift, and by less than 0.005 without',
    (where, rows, sign) => {
      const before = normals(rows);
      for (const shift of [0, 1, -1]) {
        const now = normals(rows, shift);
        const plain = measured(before, now);
        const spoilt =
          where === 'the window' ? measured(before, outlier(now, sign)) : measured(outlier(before, sign), now);
        const most = (value: number) => (shift === 0 ? 0.005 : 0.01 * value);
        expect(Math.abs(spoilt.psi - plain.psi)).toBeLessThan(most(plain.psi));
        expect(Math.abs(spoilt.distance - plain.distance)).toBeLessThan(most(plain.distance));
      }
    },
  );

  it.each([1, -1])('among 1,000 training rows hides nothing and raises nothing: %i', (sign) => {
    const before = normals(1_000);
    for (const shift of [0, 1, -1]) {
      const now = normals(1_000, shift);
      const spoilt = measured(outlier(before, sign), now);
      expect(spoilt.verdict).toBe(shift === 0 ? 'none' : 'drift');
      expect(Math.abs(spoilt.distance / measured(before, now).distance - 1)).toBeLessThan(shift === 0 ? 0.05 : 0.01);
    }
  });
});

describe('policy thresholds', () => {
  const textbook = { policy: 'thresholds' } as const;

  it('is the textbook rule: PSI above 0.2 or p below 0.05 of the usual test is drift', () => {
    const faint = verdictOn(normals(20_000), normals(5_000, 0.08), textbook);
    expect(faint.verdict).toBe('drift');
    expect(faint.reasons.join('\n')).toMatch(/Kolmogorov-Smirnov p [<=] 0\.\d+ \(drift below 0\.05\)/);
    expect(faint.driftScore).toBeGreaterThan(0);
    const few = verdictOn(categories(1_000, { a: 0.5, b: 0.5 }), categories(400, { a: 0.62, b: 0.38 }), textbook);
    expect(few.verdict).toBe('drift');
    expect(few.reasons.join('\n')).toMatch(/χ² p [<=] 0\.\d+ \(drift below 0\.05\)/);
  });

  it('is minor from PSI 0.1 without significance, and says so when nothing is beyond', () => {
    // Vanished rare values: PSI 0.12, too few rows for a test to see it.
    const before = { numbers: Float64Array.from({ length: 200 }, (_, row) => (row < 4 ? 1 : 0)) };
    const now = { numbers: new Float64Array(100) };
    const { verdict, reasons } = verdictOn(before, now, textbook);
    expect(verdict).toBe('minor');
    expect(reasons[0]).toBe('PSI 0.106 (minor from 0.1)');
    expect(verdictOn(normals(500), normals(500), textbook).reasons[0]).toMatch(
      /^nothing beyond the thresholds: PSI 0\.0/,
    );
  });
});

describe('thresholds of one column', () => {
  it('replace those of the report for it alone, whatever its name', () => {
    const names = ['x', 'y', 'constructor'];
    const of = (values: () => Values) => Object.fromEntries(names.map((name) => [name, values()]));
    const baseline = baselineOf(of(() => normals(20_000)));
    const window = windowOf(
      baseline,
      of(() => normals(5_000, 0.7)),
    );
    const judgement = judgementOf({ columns: { y: { psiThreshold: 5, ksThreshold: 0.9 } } });
    const { signals } = judge(baseline, window, judgement);
    expect(signals.map(({ verdict }) => verdict)).toEqual(['drift', 'minor', 'drift']);
    const own = signals.map((signal) => reasonsFor(signal, judgement).filter((reason) => reason.startsWith('its own')));
    expect(own).toEqual([[], ['its own thresholds: PSI 5, distance 0.9'], []]);
  });
});

describe('importance', () => {
  const vectors = (rows: number, angle: number): Values => ({
    vectors: Array.from({ length: rows }, () => [Math.cos(angle) + 0.1 * z(), Math.sin(angle) + 0.1 * z(), 0.1 * z()]),
  });
  const before: Record<string, Values> = { x: normals(4_000), prediction: normals(4_000), text: vectors(4_000, 0) };
  const baseline = baselineOf(before);
  const score = (now: Record<string, Values>, importance = {}) => {
    const { driftScore, signals } = judge(
      baseline,
      windowOf(baseline, { ...before, ...now }),
      judgementOf({ importance }),
    );
    return { driftScore, verdicts: signals.map(({ verdict }) => verdict) };
  };

  it('weighs a signal’s share in the drift score, and changes no verdict', () => {
    const now = { x: normals(4_000, 2) };
    const plain = score(now);
    const weighted = score(now, { x: 0.25 });
    expect(weighted.driftScore).toBeCloseTo(plain.driftScore / 4, 12);
    expect(weighted.verdicts).toEqual(plain.verdicts);
    expect(score(now, { prediction: 0.1, toString: 0.1 }).driftScore).toBe(plain.driftScore);
  });

  it('applies to outputs and embeddings by their names, and lets the next signal count', () => {
    const now = { prediction: normals(4_000, 3), text: vectors(4_000, 1.5), x: normals(4_000, 0.5) };
    const plain = score(now);
    expect(plain.driftScore).toBe(1);
    const without = score({ x: now.x });
    const weighted = score(now, { prediction: 0.001, text: 0.001 });
    expect(weighted.driftScore).toBe(without.driftScore);
    expect(score({ text: now.text }, { text: 0.5 }).driftScore).toBeCloseTo(0.5, 12);
  });
});
