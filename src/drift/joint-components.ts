import type { Judgement } from '../config/settings.ts';
import type { EmbeddingMeasurement } from './measure-embedding.ts';
import type { Estimate } from './signal.ts';
import { isEvidence, isFew, ownPValue } from './verdict.ts';

/** Components of an embedding that have moved, taken together. */
export interface JointComponents {
  /** Their numbers, from 1. */
  readonly components: readonly number[];
  readonly psi: number;
}

/**
 * The stability index of all components that have evidence of their own: the sum of theirs, each without its bias. PSI is a symmetric
 * Kullback-Leibler divergence, which adds up over independent coordinates (Kullback, Information Theory and Statistics, 1959, §2.2),
 * and principal components are uncorrelated: a change that lies in several directions is as large as their sum. Undefined for fewer
 * than two.
 */
export function jointComponents(
  { parts }: EmbeddingMeasurement,
  adjustedPValue: number,
  judgement: Judgement,
): JointComponents | undefined {
  const moved = parts.flatMap((part) => {
    if (part.of !== 'component' || !isEvidence(ownPValue(part.measured, adjustedPValue), judgement)) return [];
    const { psi, rows } = part.measured;
    return [{ component: part.component, psi: withoutBias(psi, isFew(rows)) }];
  });
  if (moved.length < 2) return undefined;
  return { components: moved.map(({ component }) => component), psi: moved.reduce((sum, { psi }) => sum + psi, 0) };
}

/** With few rows the lower bound, as for every effect; else the middle of the interval, which is corrected, and never more than the value. */
function withoutBias({ value, lower, upper }: Estimate, few: boolean): number {
  const bound = Math.max(0, lower ?? 0);
  if (few || upper === null) return bound;
  return Math.max(bound, Math.min(value ?? 0, (bound + upper) / 2));
}
