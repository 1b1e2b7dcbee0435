import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLine, encodeLine, type HistoryLine, historyName, LINE_BYTES } from '../../src/history/line.ts';
import { aLine, aLineOf } from './a-line.ts';

const bytes = (text: string) => Buffer.byteLength(text);

function read(text: string): HistoryLine {
  const line = decodeLine(text);
  if (line === undefined) throw new Error(`not a line: ${text}`);
  return line;
}

test('a line holds 50 features of usual names, all with PSI and distance', () => {
  const signals = Array.from({ length: 50 }, (_, index) => [`feature_${index}_x`, 0.12345 / (index + 1)] as const);
  const line = read(encodeLine(aLineOf(3, signals)));
  expect(line.moved.names).toEqual(signals.map(([name]) => name));
  expect(line.moved.psi[0]).toBe(0.1235);
  expect(line.rest).toBeNull();
});

test('a line takes at most 2 KiB whatever names are, and keeps those that moved most', () => {
  const name = fc.string({ unit: 'binary', maxLength: 300 });
  const figure = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, figure), { maxLength: 400 }), (signals) => {
      const text = encodeLine({ ...aLineOf(0, signals), version: 'v'.repeat(128) });
      expect(bytes(text)).toBeLessThanOrEqual(LINE_BYTES);
      expect(text.indexOf('\n')).toBe(text.length - 1);
      const { moved } = read(text);
      expect(moved.names).toEqual(signals.slice(0, moved.names.length).map(([one]) => historyName(one)));
    }),
    { numRuns: 100 },
  );
});

test('what is left out is bounded by what the line says of the rest', () => {
  const signals = Array.from({ length: 2000 }, (_, index) => [`feature ${index}`, 1 / (index + 1)] as const);
  const { moved, rest } = read(encodeLine(aLineOf(0, signals, 3)));
  const [, largest = 0] = signals[moved.names.length] ?? [];
  expect(moved.names.length).toBeGreaterThan(30);
  expect(rest).toEqual({ psi: Number(largest.toPrecision(4)), distance: Number((largest / 2).toPrecision(4)) });
});

test('a line that is made shorter twice is the one that is made short at once', () => {
  const signals = Array.from({ length: 90 }, (_, index) => [`feature ${index}`, 1 / (index + 3)] as const);
  const line = aLineOf(0, signals);
  expect(encodeLine(read(encodeLine(line)), 900)).toBe(encodeLine(line, 900));
});

test('long names with the same beginning stay apart, and short ones are themselves', () => {
  const long = 'customer_lifetime_value_'.repeat(8);
  expect(historyName('age')).toBe('age');
  expect(historyName(`${long}a`)).not.toBe(historyName(`${long}b`));
  expect(historyName(historyName(long))).toBe(historyName(long));
  expect(bytes(historyName('名'.repeat(500)))).toBeLessThanOrEqual(64);
});

test('names that a terminal would obey, and prototypes, are names', () => {
  const names = ['__proto__', 'constructor', '\u001b[31mred', '\u202eright', 'a "b"\n', '</script>'];
  const text = encodeLine(
    aLineOf(
      0,
      names.map((name) => [name, 0.1] as const),
    ),
  );
  for (const harmful of ['\u001b', '\u202e']) expect(text).not.toContain(harmful);
  expect(read(text).moved.names).toEqual(names);
});

test.each([
  ['no JSON', '{"hour":'],
  ['another document', '{}'],
  ['null', 'null'],
  ['an hour that is none', JSON.stringify({ ...aLine(0), hour: 'yesterday' })],
  ['a score above 1', JSON.stringify({ ...aLine(0), driftScore: 2 })],
  [
    'figures that do not belong to names',
    JSON.stringify({ ...aLine(0), moved: { names: ['a'], psi: [], distance: [1] } }),
  ],
  ['names that are no texts', JSON.stringify({ ...aLine(0), moved: { names: [{}], psi: [1], distance: [1] } })],
  ['figures that are none', JSON.stringify({ ...aLine(0), moved: { names: ['a'], psi: ['1'], distance: [1] } })],
])('what is no line is not taken for one: %s', (_, text) => {
  expect(decodeLine(text)).toBeUndefined();
});

test('a line of a later program with more in it is read', () => {
  expect(decodeLine(JSON.stringify({ ...aLine(0), later: true }))).toEqual(aLine(0));
});
