import type { Judgement } from '../config/settings.ts';
import type { Measurement } from './signal.ts';

/**
 * How a verdict is made. An alarm needs *evidence*, that the window is not one more sample of the training data, and an
 * *effect* large enough to act on:
 *
 * - evidence: the signal's p-value, adjusted over all signals of the report (Benjamini & Hochberg 1995), is at most half of
 *   the false-alarm rate;
 * - effect: PSI or distance reaches its threshold. With fewer than `FEW_ROWS` rows on either side estimates scatter more
 *   than the thresholds are apart, so there the lower bound of the 95 % interval has to reach it.
 *
 * `policy: thresholds` is the rule of the textbook tables instead: the effect alone, or any p-value below 0.05.
 */
export type Verdict = 'none' | 'minor' | 'drift' | 'insufficient-data';

/** PSI, and Kolmogorov-Smirnov distance, from which a change is worth mentioning: about 0.3 σ of a normal feature. */
export const MINOR_EFFECT = 0.1;
export const FEW_ROWS = 500;
const TEXTBOOK_SIGNIFICANCE = 0.05;

export interface Thresholds {
  readonly psi: number;
  readonly distance: number;
}

export type Effect = 'none' | 'minor' | 'drift';

/** The thresholds of one column. */
export function thresholdsOf(judgement: Judgement, column: string): Thresholds {
  const own = Object.hasOwn(judgement.columns, column) ? judgement.columns[column] : undefined;
  return {
    psi: own?.psiThreshold ?? judgement.psiThreshold,
    distance: own?.ksThreshold ?? judgement.ksThreshold,
  };
}

/** Whether an adjusted p-value is evidence. */
export function isEvidence(adjustedPValue: number, judgement: Judgement): boolean {
  return adjustedPValue <= judgement.falseAlarmRate / 2;
}

export function enoughRows({ rows }: Measurement, judgement: Judgement): boolean {
  return Math.min(rows.baseline, rows.window) >= judgement.minSamples;
}

/** How large the change is, whether or not there is evidence for it. */
export function effectOf(measurement: Measurement, thresholds: Thresholds, policy: Judgement['policy']): Effect {
  const { psi, distance, rows } = measurement;
  const cautious = policy === 'calibrated' && Math.min(rows.baseline, rows.window) < FEW_ROWS;
  const size = (estimate: typeof psi) => (cautious ? estimate.lower : estimate.value) ?? 0;
  // The textbook's PSI table says "> 0.2"; its distance decides by p-value alone.
  if (policy === 'thresholds') {
    if (size(psi) > thresholds.psi) return 'drift';
    return size(psi) >= Math.min(MINOR_EFFECT, thresholds.psi) ? 'minor' : 'none';
  }
  if (size(psi) >= thresholds.psi || size(distance) >= thresholds.distance) return 'drift';
  return size(psi) >= MINOR_EFFECT || size(distance) >= MINOR_EFFECT ? 'minor' : 'none';
}

/** The verdict on a measurement whose p-value has been adjusted over the report. */
export function verdictOf(
  measurement: Measurement,
  adjustedPValue: number,
  thresholds: Thresholds,
  judgement: Judgement,
): Verdict {
  if (!enoughRows(measurement, judgement)) return 'insufficient-data';
  const effect = effectOf(measurement, thresholds, judgement.policy);
  if (judgement.policy === 'thresholds') return isTextbookSignificant(measurement) ? 'drift' : effect;
  return isEvidence(adjustedPValue, judgement) ? effect : 'none';
}

/** A small p-value of the test that the textbooks use for the kind of column. */
export function isTextbookSignificant({ tests }: Measurement): boolean {
  const p = tests[0]?.pValue;
  return p !== null && p !== undefined && p < TEXTBOOK_SIGNIFICANCE;
}
