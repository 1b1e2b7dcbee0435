import { createHash } from 'node:crypto';

/** Keys of the rows of one file: what a sample of rows is drawn by, whatever is in them. */
export interface RowKeys {
  /** Of the file, or of all training data. */
  readonly seeds: readonly [number, number];
  /** Number that the scan's first row has there. */
  readonly firstRow: number;
}

/** `name`: of the log file, which no other file of the logs has. */
export function rowKeysOf(name: string, firstRow: number): RowKeys {
  const digest = createHash('sha256').update(name).digest();
  return { seeds: [digest.readInt32LE(0), digest.readInt32LE(4)], firstRow };
}

/**
 * A row's hash: a multiple of 2⁻⁵³ in [0, 1), as if drawn at random. Two lanes of xor-shift and multiply with the constants of
 * MurmurHash3's finalizer (A. Appleby), the second fed by the first.
 */
export function rowKeyHash({ seeds, firstRow }: RowKeys, row: number): number {
  const number = firstRow + row;
  const low = mixed(seeds[0] ^ number);
  const high = mixed((seeds[1] + Math.floor(number / 2 ** 32)) ^ Math.imul(low, 0x9e3779b1));
  return ((high >>> 5) * 2 ** 26 + (mixed(low ^ high) >>> 6)) / 2 ** 53;
}

function mixed(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
