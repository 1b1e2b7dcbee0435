import { hash32, type Random } from './random.ts';
import type { ReadableMail } from './readable.ts';

export const EMBEDDING_DIMENSION = 64;

/** A power of two: 14 bits keep most of the 40,000 words of the corpus apart. */
const BUCKETS = 2 ** 14;

/**
 * The share of mails that is added to both sides of a word's odds: a word must occur in some per cent of mails to weigh
 * anything, so that rare words of the training mails do not set them apart from all others.
 */
const SMOOTHING = 0.02;

/**
 * Mean of the projection's normal numbers, whose standard deviation is 1. Above 0, words that speak for the same class add up
 * in a direction of their own; the other directions tell the words themselves apart.
 */
const COMMON_DIRECTION = 0.25;

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
 * An embedding of hashed words: weighted, randomly projected, scaled. A word weighs as much as it tells ham from spam in the
 * training mails: the logarithm of the ratio of its shares of mails (delta TF-IDF, Martineau & Finin, ICWSM 2009, smoothed), times
 * 1 + ln of its count in the mail.
 */
export function fitEmbedding(mails: readonly WordCounts[], isSpam: readonly boolean[], random: Random): Embed {
  const inHam = new Float64Array(BUCKETS);
  const inSpam = new Float64Array(BUCKETS);
  for (const [index, counts] of mails.entries()) {
    const mailsWith = isSpam[index] ? inSpam : inHam;
    for (const bucket of counts.keys()) mailsWith[bucket] = (mailsWith[bucket] ?? 0) + 1;
  }
  const spam = isSpam.filter(Boolean).length;
  const ham = isSpam.length - spam;
  const weights = inHam.map((count, bucket) =>
    Math.log((count / ham + SMOOTHING) / ((inSpam[bucket] ?? 0) / spam + SMOOTHING)),
  );
  const projection = Float64Array.from(
    { length: BUCKETS * EMBEDDING_DIMENSION },
    () => COMMON_DIRECTION + normal(random),
  );
  return (counts) => unit(project(counts, weights, projection));
}

function project(counts: WordCounts, weights: Float64Array, projection: Float64Array): Float64Array {
  const sum = new Float64Array(EMBEDDING_DIMENSION);
  for (const [bucket, count] of counts) {
    const weight = (weights[bucket] ?? 0) * (1 + Math.log(count));
    const start = bucket * EMBEDDING_DIMENSION;
    for (let axis = 0; axis < sum.length; axis++)
      sum[axis] = (sum[axis] ?? 0) + weight * (projection[start + axis] ?? 0);
  }
  return sum;
}

/** A mail without words speaks for neither class: it lies on one axis, nearly at right angles to the words' common direction. */
function unit(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector);
  if (length === 0) return Float32Array.from(vector, (_value, axis) => (axis === 0 ? 1 : 0));
  return Float32Array.from(vector, (value) => value / length);
}

/** A standard normal number, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
