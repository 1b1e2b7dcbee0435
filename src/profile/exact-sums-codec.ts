import { decodeCounts, encodeCounts } from './counts-codec.ts';
import type { ExactSum } from './exact-sum.ts';
import type { StoredExactSums } from './stored-profile.ts';

/** Exact sums of many dimensions as text: base64 of LEB128 variable-length integers, the sign in the lowest bit. */
export function encodeSums(sums: readonly ExactSum[]): StoredExactSums {
  const bytes: number[] = [];
  for (const { units } of sums) {
    let rest = units < 0n ? -2n * units - 1n : 2n * units;
    // Doubles do until few bits are left to be large integers.
    while (rest >= LARGE) {
      bytes.push(Number(rest & 127n) + 128);
      rest >>= 7n;
    }
    let small = Number(rest);
    while (small >= 128) {
      bytes.push((small % 128) + 128);
      small = Math.floor(small / 128);
    }
    bytes.push(small);
  }
  return {
    units: Buffer.from(bytes).toString('base64'),
    overflows: encodeCounts(sums.map(({ overflows }) => overflows)),
  };
}

const LARGE = BigInt(Number.MAX_SAFE_INTEGER);

/** Throws where the text does not hold exactly `length` sums. */
export function decodeSums(stored: StoredExactSums, length: number): ExactSum[] {
  const bytes = Buffer.from(stored.units, 'base64');
  const overflows = decodeCounts(stored.overflows, length);
  let at = 0;
  const sums = Array.from(overflows, (count): ExactSum => {
    const start = at;
    while ((bytes[at] ?? 0) >= 128) at += 1;
    at += 1;
    return { units: signed(bytes, start, at), overflows: count };
  });
  if (at !== bytes.length) throw new Error(`${bytes.length} bytes of sums where ${length} sums have ${at}`);
  return sums;
}

/** 7 bytes hold what a double holds exactly. */
function signed(bytes: Uint8Array, from: number, to: number): bigint {
  if (to - from <= 7) {
    let value = 0;
    for (let at = to - 1; at >= from; at--) value = value * 128 + ((bytes[at] ?? 0) & 127);
    return BigInt(value % 2 === 0 ? value / 2 : -(value + 1) / 2);
  }
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = value * 128n + BigInt((bytes[at] ?? 0) & 127);
  return (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n);
}
