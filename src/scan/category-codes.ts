import type { DuckDBConnection } from '@duckdb/node-api';
import { MISSING_CODE, OTHER_CODE } from './wanted.ts';

/**
 * Finds a value's code by its 64-bit hash, which DuckDB takes once for each entry of a file's dictionary instead of once a row.
 * Two of 65,000 values share a hash once in ten billion baselines; the first of them then counts for both.
 */
export class CategoryCodes {
  /** Open addressing: lower and upper half of each slot's hash, and the code; a slot is free where `#used` is 0. */
  readonly #halves: Uint32Array;
  readonly #codes: Uint16Array;
  readonly #used: Uint8Array;
  readonly #mask: number;

  /** @param hashes of the values, by code, and last that of NULL */
  private constructor(hashes: readonly bigint[]) {
    const slots = 2 ** Math.ceil(Math.log2(2 * hashes.length));
    this.#halves = new Uint32Array(2 * slots);
    this.#codes = new Uint16Array(slots);
    this.#used = new Uint8Array(slots);
    this.#mask = slots - 1;
    const halves = new Uint32Array(BigUint64Array.from(hashes).buffer);
    for (let code = 0; code < hashes.length; code++) {
      const lower = halves[2 * code] ?? 0;
      const upper = halves[2 * code + 1] ?? 0;
      const slot = this.#slotOf(lower, upper);
      if (this.#used[slot] === 1) continue;
      this.#used[slot] = 1;
      this.#halves[2 * slot] = lower;
      this.#halves[2 * slot + 1] = upper;
      this.#codes[slot] = code === hashes.length - 1 ? MISSING_CODE : code;
    }
  }

  /** The codes of `values` by their position. */
  static async of(connection: DuckDBConnection, values: readonly string[]): Promise<CategoryCodes> {
    const { LIST, VARCHAR, listValue } = await import('@duckdb/node-api');
    const reader = await connection.runAndReadAll(
      'SELECT unnest(list_transform($1, lambda v: hash(v))) UNION ALL SELECT hash(NULL::VARCHAR)',
      [listValue([...values])],
      [LIST(VARCHAR)],
    );
    return new CategoryCodes(reader.getRows().map(([hash]) => BigInt(String(hash))));
  }

  /** `hashes` of rows to codes of rows: a value's position, `OTHER_CODE` or `MISSING_CODE`. */
  codesOf(hashes: BigUint64Array): Uint16Array {
    const halves = new Uint32Array(hashes.buffer, hashes.byteOffset, 2 * hashes.length);
    const codes = new Uint16Array(hashes.length);
    for (let row = 0; row < codes.length; row++) {
      const slot = this.#slotOf(halves[2 * row]!, halves[2 * row + 1]!);
      codes[row] = this.#used[slot] === 1 ? this.#codes[slot]! : OTHER_CODE;
    }
    return codes;
  }

  /** Where a hash is, or the free slot where it would be. */
  #slotOf(lower: number, upper: number): number {
    let slot = lower & this.#mask;
    while (this.#used[slot] === 1 && (this.#halves[2 * slot] !== lower || this.#halves[2 * slot + 1] !== upper)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}
