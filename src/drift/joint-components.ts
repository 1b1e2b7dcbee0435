import type { Judgement } from '../config/settings.ts';
import { LEAST_SHARE } from '../statistics/psi.ts';
import type { EmbeddingMeasurement, EmbeddingPart } from './measure-embedding.ts';
import type { Estimate } from './signal.ts';
import { isEvidence, isFew, ownPValue } from './verdict.ts';

/** PSI of a component that counts among others: a normal one that moves by 0.18 σ. */
const LEAST_EFFECT = 0.03;

/** Components of an embedding that have moved, taken together. */
export interface JointComponents {
  /** Their numbers, from 1. */
  readonly components: readonly number[];
  readonly psi: number;
}

/**
 * The stability index of all components that have moved by themselves, with evidence and an effect: the sum of theirs, each without its
 * bias and without what missing vectors add to every one of them. PSI is a symmetric Kullback-Leibler divergence, which adds up over
 * independent coordinates (Kullback, Information Theory and Statistics, 1959, §2.2). Principal components are uncorrelated only:
 * many tiny ones of a mixture say the same thing more than once, and are left out. Undefined for fewer than two.
 */
export function jointComponents(
  { parts }: EmbeddingMeasurement,
  adjustedPValue: number,
  judgement: Judgement,
): JointComponents | undefined {
  const moved = parts.flatMap((part) => {
    if (part.of !== 'component' || !isEvidence(ownPValue(part.measured, adjustedPValue), judgement)) return [];
    const { psi, rows } = part.measured;
    const own = withoutBias(psi, isFew(rows)) - missingPart(part);
    return own >= LEAST_EFFECT ? [{ component: part.component, psi: own }] : [];
  });
  if (moved.length < 2) return undefined;
  return { components: moved.map(({ component }) => component), psi: moved.reduce((sum, { psi }) => sum + psi, 0) };
}

/** What the bin of missing vectors adds to a stability index. */
function missingPart({ baseline, window, measured: { rows } }: EmbeddingPart): number {
  const share = (missing: number, of: number) => Math.max(LEAST_SHARE, of === 0 ? 0 : missing / of);
  const [before, now] = [share(baseline.missing, rows.baseline), share(window.missing, rows.window)];
  return (now - before) * Math.log(now / before);
}

/** With few rows the lower bound, as for every effect; else the middle of the interval, which is corrected, and never more than the value. */
function withoutBias({ value, lower, upper }: Estimate, few: boolean): number {
  const bound = Math.max(0, lower ?? 0);
  if (few || upper === null) return bound;
  return Math.max(bound, Math.min(value ?? 0, (bound + upper) / 2));
}
