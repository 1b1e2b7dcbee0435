/**
 * A 32-bit hash of a row's number, for splitting and sampling rows without looking at them. Two rounds of xor-shift and
 * multiply by 0x45d9f3b (T. Mueller's integer hash). The same in SQL: see `rowHashSql`.
 */
export function rowHash(row: number): number {
  let x = row >>> 0;
  x = Math.imul(x ^ (x >>> 16), MULTIPLIER);
  x = Math.imul(x ^ (x >>> 16), MULTIPLIER);
  return (x ^ (x >>> 16)) >>> 0;
}

const MULTIPLIER = 0x45d9f3b;

/** Whether a training row is of the half that chooses categories and directions; the other half counts in them. */
export function choosesCategories(row: number): boolean {
  return (rowHash(row) & 1) === 0;
}

/** `rowHash` of an SQL expression that gives a row number below 2³². */
export function rowHashSql(row: string): string {
  const mix = (x: string) => `(xor(${x}, ${x} >> 16))`;
  const round = (x: string) => `((${mix(x)} * ${MULTIPLIER}) & 4294967295)`;
  return mix(round(round(`(${row})`)));
}

/** An SQL condition of a row number that holds for about `wanted` of `rows` rows, the same in every run; undefined for all. */
export function sampleSql(rows: number, wanted: number): ((row: string) => string) | undefined {
  if (rows <= wanted) return undefined;
  return (row) => `${rowHashSql(`xor(${row}, ${SAMPLE_SEED})`)} < ${thresholdOf(rows, wanted)}`;
}

/** The same for a row number. */
export function sampler(rows: number, wanted: number): (row: number) => boolean {
  if (rows <= wanted) return () => true;
  const threshold = thresholdOf(rows, wanted);
  return (row) => rowHash(row ^ SAMPLE_SEED) < threshold;
}

/** Samples are independent of the halves, which go by the hash itself. */
const SAMPLE_SEED = 0x5bd1e995;

function thresholdOf(rows: number, wanted: number): number {
  return Math.floor((wanted / rows) * 2 ** 32);
}
