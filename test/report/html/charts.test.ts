import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numericChart } from '../../../src/report/html/numeric-chart.ts';
import { sparkline } from '../../../src/report/html/sparkline.ts';

const ROWS = { baseline: 100, window: 50 };
const MISSING = { baseline: 0, window: 0 };

function chart(edges: number[], baseline: number[], window: number[], more: object = {}) {
  const svg = String(numericChart({ histogram: { edges, baseline, window }, rows: ROWS, label: 'x', ...more }));
  return {
    svg,
    labels: [...svg.matchAll(/<text class="[^e]?[^>]* y="146">([^<]*)</g)].map(([, text]) => text),
    /** Parts of the line, which begins anew after a gap. */
    runs: (/class="n" d="([^"]*)"/.exec(svg)?.[1] ?? '').split('M').length - 1,
  };
}

const tens = Array.from({ length: 11 }, (_, index) => index * 10);
const even = Array.from({ length: 10 }, () => 10);
const half = Array.from({ length: 10 }, () => 5);

describe('a histogram', () => {
  test('of even bins has a scale with round numbers', () => {
    const { labels, runs } = chart(tens, even, half);
    expect(labels).toEqual(['0', '20', '40', '60', '80', '100']);
    expect(runs).toBe(1);
  });

  test('draws what lies far beyond the usual range beside a gap, with the far end named', () => {
    const { labels, runs } = chart([-5e6, ...tens, 9e8], [0, ...even, 0], [1, ...half, 2]);
    expect(runs).toBe(3);
    expect(labels).toEqual(expect.arrayContaining(['-5.00e+6', '9.00e+8', '40']));
  });

  test('gives values a bar around them where borders lie in the middle between values', () => {
    const { labels } = chart([0, 0.5, 1.5, 2], [50, 25, 25], [20, 20, 10]);
    expect(labels).toEqual(expect.arrayContaining(['0', '1', '2']));
  });

  test('of bins that no scale can show draws all equally wide and names their edges', () => {
    const { labels, runs } = chart([0, 1, 10, 100, 1000], [25, 25, 25, 25], [10, 10, 10, 20]);
    expect(runs).toBe(1);
    expect(labels).toEqual(expect.arrayContaining(['0', '1', '10', '100', '1000']));
  });

  test('of values that lie close together names them with the digits that tell them apart', () => {
    const edges = Array.from({ length: 11 }, (_, index) => 100_000 + index / 10);
    expect(new Set(chart(edges, even, half).labels).size).toBeGreaterThan(2);
    const uneven = [100_000.1, 100_000.2, 100_000.9, 100_007];
    expect(chart(uneven, [1, 1, 1], [1, 1, 1]).labels).toEqual(expect.arrayContaining(['100000.1', '100007']));
  });

  test('of a constant column is one bar with its value', () => {
    expect(chart([5, 5], [100], [50]).labels).toEqual(['5']);
  });

  test('has missing values as a bar of their own', () => {
    const missing = { baseline: 0, window: 0.5 };
    expect(chart(tens, even, half, { missing }).labels).toContain('missing');
    expect(chart(tens, even, half, { missing: MISSING }).labels).not.toContain('missing');
  });

  test('of instants has dates', () => {
    const edges = Array.from({ length: 11 }, (_, day) => Date.UTC(2025, 11, 1 + day) / 1000);
    expect(chart(edges, even, half, { temporal: true }).labels.join()).toMatch(/Dec 0\d|Mon/);
  });

  test('of any numbers is drawn with finite ones', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const bins = fc.array(fc.record({ edge: number, before: fc.nat(), now: fc.nat() }), { maxLength: 24 });
    fc.assert(
      fc.property(bins, number, fc.boolean(), (all, last, temporal) => {
        const edges = [...all.map(({ edge }) => edge), last].sort((a, b) => a - b);
        const histogram = { edges, baseline: all.map(({ before }) => before), window: all.map(({ now }) => now) };
        const svg = String(numericChart({ histogram, rows: ROWS, missing: MISSING, temporal, label: 'x' }));
        const coordinates = [...svg.matchAll(/ (?:d|x|y)="([^"]*)"/g)].map(([, text]) => text).join(' ');
        expect(coordinates).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 500 },
    );
  });

  test('of the smallest numbers there are has no steps between them', () => {
    const { labels } = chart([5e-324, 5e-324, 1e-323], [0, 0], [0, 0]);
    expect(labels.join()).not.toContain('NaN');
  });
});

const HOUR = 3_600_000;

describe('a sparkline', () => {
  const points = [0.1, null, 0.3, 0.25].map((value, index) => ({ at: index * HOUR, value }));

  test('says in words where it begins, how far it went and where it is', () => {
    const svg = String(sparkline({ what: 'PSI', points, threshold: 0.2 }));
    expect(svg).toContain('aria-label="PSI from 1970-01-01 00:00 to 1970-01-01 03:00 UTC: 0.1 to 0.3, last 0.25"');
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  test('has a gap where nothing could be judged', () => {
    expect(/class="n" d="(M[^"]*)"/.exec(String(sparkline({ what: 'PSI', points, threshold: 0.2 })))?.[1]).toMatch(
      /M.*M/,
    );
  });

  test('is not drawn of one point', () => {
    expect(sparkline({ what: 'PSI', points: points.slice(0, 2), threshold: 0.2 })).toBeUndefined();
  });
});
