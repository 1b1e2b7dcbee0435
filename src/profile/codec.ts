import type { CategoricalProfile, CategoricalSpec } from './categorical.ts';
import { decodeCounts, encodeCounts } from './counts-codec.ts';
import type { EmbeddingProfile, EmbeddingSpec } from './embedding.ts';
import type { ExactSum } from './exact-sum.ts';
import { decodeSums, encodeSums } from './exact-sums-codec.ts';
import type { NumericProfile, NumericSpec } from './numeric.ts';
import { decodeFloats, encodeFloats } from './packed-floats.ts';
import type { ColumnProfile, ColumnSpec } from './profile.ts';
import type { RowSample } from './row-sample.ts';
import type {
  StoredCategoricalProfile,
  StoredColumnProfile,
  StoredEmbeddingProfile,
  StoredExactSum,
  StoredExactSums,
  StoredNumericProfile,
  StoredRowSample,
} from './stored-profile.ts';

/**
 * Profiles as they stand in JSON (`stored-profile.ts`): counts packed, exact sums as decimal strings, nothing rounded. Decoding
 * throws where a stored profile does not fit the spec that it is said to be counted by.
 */

export function encodeColumnProfile(profile: ColumnProfile): StoredColumnProfile {
  switch (profile.type) {
    case 'numeric':
      return { type: profile.type, ...encodeNumeric(profile) };
    case 'categorical':
      return { type: profile.type, ...encodeCategorical(profile) };
    case 'embedding':
      return { type: profile.type, ...encodeEmbedding(profile) };
    case 'presence':
      return { type: profile.type, present: profile.present, missing: profile.missing };
  }
}

/** Throws where the stored profile is not of the spec's type. */
export function decodeColumnProfile(stored: StoredColumnProfile | undefined, spec: ColumnSpec): ColumnProfile {
  if (stored?.type === 'numeric' && spec.type === 'numeric') return decodeNumeric(stored, spec);
  if (stored?.type === 'categorical' && spec.type === 'categorical') return decodeCategorical(stored, spec);
  if (stored?.type === 'embedding' && spec.type === 'embedding') return decodeEmbedding(stored, spec);
  if (stored?.type === 'presence' && spec.type === 'presence') return { ...stored, spec };
  throw new Error(
    `column '${spec.name}': a profile of type ${stored?.type ?? 'nothing'} where ${spec.type} is expected`,
  );
}

function encodeSum(sum: ExactSum): StoredExactSum {
  return { units: String(sum.units), overflows: sum.overflows };
}

function decodeSum(sum: StoredExactSum): ExactSum {
  return { units: BigInt(sum.units), overflows: sum.overflows };
}

function countsFor(spec: ColumnSpec, packed: string, length: number): Float64Array {
  try {
    return decodeCounts(packed, length);
  } catch (error) {
    throw new Error(`column '${spec.name}': ${error instanceof Error ? error.message : error}`);
  }
}

export function encodeNumeric({ type, spec, ...profile }: NumericProfile): StoredNumericProfile {
  return {
    ...profile,
    counts: encodeCounts(profile.counts),
    min: profile.min ?? null,
    max: profile.max ?? null,
    sum: encodeSum(profile.sum),
    squares: encodeSum(profile.squares),
  };
}

export function decodeNumeric(stored: StoredNumericProfile, spec: NumericSpec): NumericProfile {
  return {
    ...stored,
    type: 'numeric',
    spec,
    counts: countsFor(spec, stored.counts, spec.grid.cells),
    min: stored.min ?? undefined,
    max: stored.max ?? undefined,
    sum: decodeSum(stored.sum),
    squares: decodeSum(stored.squares),
  };
}

export function encodeCategorical({ type, spec, ...profile }: CategoricalProfile): StoredCategoricalProfile {
  return { ...profile, counts: encodeCounts(profile.counts), examples: [...profile.examples] };
}

export function decodeCategorical(stored: StoredCategoricalProfile, spec: CategoricalSpec): CategoricalProfile {
  return { ...stored, type: 'categorical', spec, counts: countsFor(spec, stored.counts, spec.values.length) };
}

export function encodeEmbedding({ type, spec, ...profile }: EmbeddingProfile): StoredEmbeddingProfile {
  return {
    ...profile,
    sums: encodeSums(profile.sums),
    squares: encodeSums(profile.squares),
    norm: encodeNumeric(profile.norm),
    cosine: encodeNumeric(profile.cosine),
    residual: encodeNumeric(profile.residual),
    scores: profile.scores.map(encodeNumeric),
    sample: encodeSample(profile.sample, profile.scores.length + 1),
  };
}

export function decodeEmbedding(stored: StoredEmbeddingProfile, spec: EmbeddingSpec): EmbeddingProfile {
  if (stored.scores.length !== spec.scores.length) {
    throw new Error(
      `column '${spec.name}': ${stored.scores.length} components where ${spec.scores.length} are expected`,
    );
  }
  return {
    ...stored,
    type: 'embedding',
    spec,
    sums: sumsFor(spec, stored.sums),
    squares: sumsFor(spec, stored.squares),
    norm: decodeNumeric(stored.norm, spec.norm),
    cosine: decodeNumeric(stored.cosine, spec.cosine),
    residual: decodeNumeric(stored.residual, spec.residual),
    scores: spec.scores.map((score, index) => decodeNumeric(stored.scores[index] as StoredNumericProfile, score)),
    sample: decodeSample(stored.sample, spec.scores.length + 1),
  };
}

function sumsFor({ name, dimension }: EmbeddingSpec, stored: StoredExactSums): ExactSum[] {
  try {
    return decodeSums(stored, dimension);
  } catch (error) {
    throw new Error(`column '${name}': ${error instanceof Error ? error.message : error}`);
  }
}

function encodeSample({ threshold, rows }: RowSample, width: number): StoredRowSample {
  const values = new Float16Array(rows.length * width);
  rows.forEach((row, index) => {
    values.set(row.values, index * width);
  });
  const anyName = rows.some(({ name }) => name !== null);
  return {
    threshold,
    hashes: encodeFloats(Float64Array.from(rows, ({ hash }) => hash)),
    values: encodeFloats(values),
    ...(anyName ? { names: rows.map(({ name }) => name) } : {}),
  };
}

function decodeSample({ threshold, hashes, values, names }: StoredRowSample, width: number): RowSample {
  const count = Math.floor((hashes.length * 3) / 4 / Float64Array.BYTES_PER_ELEMENT);
  const known = decodeFloats(hashes, Float64Array, count);
  const numbers = decodeFloats(values, Float16Array, count * width);
  const rows = Array.from(known, (hash, index) => {
    return { hash, values: numbers.subarray(index * width, (index + 1) * width), name: names?.[index] ?? null };
  });
  return { threshold, rows };
}
