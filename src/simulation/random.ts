import { createHash } from 'node:crypto';
import { uniform } from '../statistics/random.ts';

/** Numbers in [0, 1), the same for the same text. */
export function uniformOf(seed: string): () => number {
  return uniform(createHash('sha256').update(seed).digest().readInt32LE());
}
