import { describe, expect, test } from 'vitest';
import { decodeLine, encodeLine, type HistoryLine } from '../../src/history/line.ts';
import { buckets, latestVersion, mostDrifted, scoreSeries, signalSeries, sinceWhen } from '../../src/history/series.ts';
import { sparkline } from '../../src/history/sparkline.ts';
import { aLine, aLineOf, START } from './a-line.ts';

const HOUR = 3_600_000;
const at = (hour: number) => START + hour * HOUR;
const quiet = (hour: number) =>
  aLineOf(hour, [
    ['plan', 0.02],
    ['age', 0.01],
  ]);
const drifting = (hour: number) =>
  aLineOf(
    hour,
    [
      ['age', 0.4],
      ['plan', 0.02],
    ],
    1,
  );
const minor = (hour: number) =>
  aLineOf(
    hour,
    [
      ['age', 0.15],
      ['plan', 0.02],
    ],
    0,
    1,
  );
const idle = (hour: number) => aLine(hour, { status: 'no-data', rows: 0 });

describe('since when a signal drifts', () => {
  test.each<[string, HistoryLine[], number | undefined]>([
    ['from the first of the runs in a row that say so', [quiet(0), drifting(1), drifting(2)], 1],
    ['anew after a run that did not', [drifting(0), quiet(1), drifting(2)], 2],
    [
      'across runs that judged nothing, and across missing ones',
      [quiet(0), drifting(1), idle(2), drifting(5), idle(6)],
      1,
    ],
    ['minor since it was at least that', [quiet(0), drifting(1), minor(2)], 1],
    ['drift since it was that, not since it was minor', [quiet(0), minor(1), drifting(2)], 2],
    ['not at all where the last run does not say so', [drifting(0), quiet(1)], undefined],
    ['not at all without runs', [], undefined],
  ])('is %s', (_, lines, expected) => {
    const since = sinceWhen(lines, 'age');
    expect(since?.hour).toBe(expected === undefined ? undefined : at(expected));
    expect(since?.mayBeLonger ?? false).toBe(false);
  });

  test('may be before the first run that is known', () => {
    expect(sinceWhen([drifting(3), drifting(4)], 'age')).toEqual({
      verdict: 'drift',
      hour: at(3),
      mayBeLonger: true,
    });
  });
});

test('a signal that a line left out moved at most as much as the line says', () => {
  const many = Array.from({ length: 500 }, (_, index) => [`feature ${index}`, 0.1 / (index + 1)] as const);
  const line = decodeLine(encodeLine(aLineOf(0, many)));
  const [point] = signalSeries(line === undefined ? [] : [line], 'feature 499', 'psi');
  expect(point).toEqual({ hour: at(0), value: null, atMost: line?.rest?.psi });
  expect(point?.atMost).toBeLessThan(0.01);
});

test('a run that judged nothing has no score and bounds nothing', () => {
  expect(scoreSeries([quiet(0), idle(1)]).map(({ value }) => value)).toEqual([0, null]);
  expect(signalSeries([{ ...idle(1), rest: { psi: 0, distance: 0 } }], 'age', 'psi')).toEqual([
    { hour: at(1), value: null },
  ]);
});

test('what drifted longest stands first, then what was minor, then what moved most', () => {
  const lines = [
    drifting(0),
    drifting(1),
    aLineOf(
      2,
      [
        ['zip', 0.9],
        ['age', 0.1],
        ['ip', 0.05],
      ],
      1,
    ),
  ];
  expect(mostDrifted(lines, 3)).toEqual(['age', 'zip', 'ip']);
});

test('a run that judged nothing is in no trend, whatever figures it holds', () => {
  const unjudged = {
    ...aLineOf(1, [
      ['zip', 9.9],
      ['age', 0.01],
    ]),
    status: 'insufficient-data' as const,
  };
  const lines = [quiet(0), unjudged, drifting(2)];
  expect(signalSeries(lines, 'age', 'psi').map(({ value }) => value)).toEqual([0.01, null, 0.4]);
  expect(mostDrifted(lines, 3)).toEqual(['age', 'plan']);
  expect(sparkline(buckets(signalSeries(lines, 'zip', 'psi'), at(0), at(3), 3), 0.5)).toBe('···');
});

test('the version is the one that was judged last', () => {
  expect(latestVersion([])).toBeUndefined();
  expect(latestVersion([aLine(2, { version: 'v2' }), aLine(1)])).toBe('v2');
});

test('a column of a sparkline shows the largest value of its hours, and where there was no run', () => {
  const points = [0.1, 0.5, 0, null].map((value, hour) => ({ hour: at(hour), value }));
  const columns = buckets(points, at(0), at(6), 3);
  expect(columns).toEqual([
    { value: 0.5, hasRun: true },
    { value: 0, hasRun: true },
    { value: null, hasRun: false },
  ]);
  expect(sparkline(buckets(points, at(0), at(6), 80), 0.5)).toBe('▂█▁·  ');
});

test('values above the top are as high as it, whatever they are', () => {
  const points = [1e9, Number.MAX_VALUE].map((value, hour) => ({ hour: at(hour), value }));
  expect(sparkline(buckets(points, at(0), at(2), 2), 0.5)).toBe('██');
});
