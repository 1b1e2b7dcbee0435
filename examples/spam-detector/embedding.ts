import { hash32, type Random } from './random.ts';
import type { ReadableMail } from './readable.ts';

export const EMBEDDING_DIMENSION = 256;

/** A power of two: 14 bits keep most of the 40,000 words of the corpus apart. */
const BUCKETS = 2 ** 14;

/** Words of a date would tell the month a mail was written in. */
const DATE_WORDS: ReadonlySet<string> = new Set(
  `january february march april may june july august september october november december
  jan feb mar apr jun jul aug sep sept oct nov dec
  monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun`.split(/\s+/),
);

/** How often each hashed word occurs in a mail: bucket → count. */
export type WordCounts = ReadonlyMap<number, number>;

/** Scaled to unit length, `EMBEDDING_DIMENSION` numbers. */
export type Embed = (counts: WordCounts) => Float32Array;

/** The words of subject and text. */
export function hashWords({ subject, text }: ReadableMail): WordCounts {
  const counts = new Map<number, number>();
  for (const word of `${subject}\n${text}`.toLowerCase().match(/[a-z][a-z']+/g) ?? []) {
    if (DATE_WORDS.has(word)) continue;
    const bucket = hash32(word) % BUCKETS;
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

/**
 * An embedding of hashed words that knows of no label: each mail's word counts, randomly projected (Johnson & Lindenstrauss 1984)
 * and scaled, so that mails with the same words point the same way.
 */
export function randomEmbedding(random: Random): Embed {
  const projection = Float64Array.from({ length: BUCKETS * EMBEDDING_DIMENSION }, () => normal(random));
  return (counts) => unit(project(counts, projection));
}

function project(counts: WordCounts, projection: Float64Array): Float64Array {
  const sum = new Float64Array(EMBEDDING_DIMENSION);
  for (const [bucket, count] of counts) {
    const start = bucket * EMBEDDING_DIMENSION;
    for (let axis = 0; axis < sum.length; axis++)
      sum[axis] = (sum[axis] ?? 0) + count * (projection[start + axis] ?? 0);
  }
  return sum;
}

/** A mail without words lies on one axis. */
function unit(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector);
  if (length === 0) return Float32Array.from(vector, (_value, axis) => (axis === 0 ? 1 : 0));
  return Float32Array.from(vector, (value) => value / length);
}

/** A standard normal number, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
