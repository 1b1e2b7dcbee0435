import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowKeyHash, rowKeysOf } from '../../src/profile/row-key.ts';
import {
  EMPTY_SAMPLE,
  HOUR_ROWS,
  mergeSamples,
  type RowSample,
  SAMPLE_ROWS,
  SampleCollector,
  smallest,
} from '../../src/profile/row-sample.ts';

/** All hashes of a file of so many rows. */
function hashesOf(file: string, rows: number): number[] {
  const keys = rowKeysOf(file, 0);
  return Array.from({ length: rows }, (_, row) => rowKeyHash(keys, row));
}

function sampleOf(file: string, rows: number, most = HOUR_ROWS): RowSample {
  const collector = new SampleCollector(most);
  hashesOf(file, rows).forEach((hash, row) => {
    if (collector.wants(hash)) collector.add(hash, Float16Array.of(row % 1000), row);
  });
  collector.nameRows(new Map(collector.unnamed().map((row) => [row, `${file} ${row}`])));
  return collector.sample();
}

describe('a sample of rows', () => {
  const files = fc.array(fc.constantFrom(0, 1, 100, 256, 257, 1000, 5000), { maxLength: 6 });

  it('of an hour is the rows with the smallest hashes, whatever files and parts the hour is merged from', () => {
    fc.assert(
      fc.property(files, fc.infiniteStream(fc.nat()), (sizes, random) => {
        const parts = sizes.map((rows, index) => ({ part: sampleOf(`f${index}`, rows), key: random.next().value }));
        const merged = parts
          .sort((a, b) => a.key - b.key)
          .reduce((sum, { part }) => mergeSamples(sum, part), EMPTY_SAMPLE);
        const all = sizes.flatMap((rows, index) => hashesOf(`f${index}`, rows)).sort((a, b) => a - b);
        const hour = smallest(merged, HOUR_ROWS);
        expect(hour.rows.map(({ hash }) => hash)).toEqual(all.slice(0, HOUR_ROWS));
        expect(hour.threshold).toBe(all[HOUR_ROWS] ?? 1);
        for (const { values, name } of hour.rows) expect(Number(name?.split(' ')[1]) % 1000).toBe(values[0]);
      }),
      { numRuns: 50 },
    );
  });

  it('of a window is every kept row below the smallest threshold of its hours, uniform however unequal they are', () => {
    const small = sampleOf('small', 300);
    const large = sampleOf('large', 5000);
    const whole = sampleOf('few', 40);
    const window = [small, large, whole].reduce(mergeSamples);
    expect(window.threshold).toBe(large.threshold);
    const below = (file: string, rows: number) => hashesOf(file, rows).filter((hash) => hash < large.threshold).length;
    expect(window.rows).toHaveLength(below('small', 300) + below('large', 5000) + below('few', 40));
  });

  it('merges associatively and commutatively, up to as many rows as a window keeps', () => {
    const parts = Array.from({ length: 20 }, (_, index) => sampleOf(`hour ${index}`, 400 + 37 * index));
    const forth = parts.reduce(mergeSamples, EMPTY_SAMPLE);
    const back = parts.toReversed().reduce(mergeSamples, EMPTY_SAMPLE);
    const [a, b] = [parts.slice(0, 9).reduce(mergeSamples), parts.slice(9).reduce(mergeSamples)];
    expect(forth.rows).toHaveLength(SAMPLE_ROWS);
    expect(back).toStrictEqual(forth);
    expect(mergeSamples(a, b)).toStrictEqual(forth);
  });
});

describe('the hash of a row', () => {
  it('is as if drawn at random from [0, 1), and never the same for two rows', () => {
    const hashes = [...hashesOf('a', 20_000), ...hashesOf('b', 20_000)];
    expect(new Set(hashes).size).toBe(40_000);
    const deciles = new Array(10).fill(0);
    for (const hash of hashes) deciles[Math.floor(hash * 10)] += 1;
    for (const count of deciles) expect(Math.abs(count - 4000)).toBeLessThan(250);
    expect(hashes.filter((hash) => hash < 0.001).length).toBeLessThan(70);
    expect(hashes.filter((hash) => hash < 0.001).length).toBeGreaterThan(15);
  });

  it('of a piece of a file is that of the row in the whole file', () => {
    expect(rowKeyHash(rowKeysOf('a', 4096), 7)).toBe(rowKeyHash(rowKeysOf('a', 0), 4103));
  });
});
