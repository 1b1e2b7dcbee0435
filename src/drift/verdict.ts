import type { Judgement } from '../config/settings.ts';
import type { Estimate, Measurement, Rows } from './signal.ts';

/**
 * How a verdict is made. An alarm needs *evidence*, that the window is not one more sample of the training data, and an
 * *effect* large enough to act on:
 *
 * - evidence: the signal's p-value, adjusted over all signals of the report (Benjamini & Hochberg 1995), is at most half of
 *   the false-alarm rate;
 * - effect: PSI or distance reaches its threshold. With fewer than `FEW_ROWS` rows on either side estimates scatter more
 *   than the thresholds are apart, so there the lower bound of the 95 % interval has to reach it.
 *
 * `policy: thresholds` is the rule of the textbook tables instead, each signal by itself: drift from a PSI above its
 * threshold, or from p < 0.05 of the kind's usual test (Kolmogorov-Smirnov, for categories χ²); minor from PSI 0.1.
 */
export type Verdict = 'none' | 'minor' | 'drift' | 'insufficient-data';

/** PSI, and distance, from which a change is worth mentioning: about 0.3 σ of a normal feature. */
export const MINOR_EFFECT = 0.1;
export const FEW_ROWS = 500;
export const TEXTBOOK_SIGNIFICANCE = 0.05;

export interface Thresholds {
  readonly psi: number;
  readonly distance: number;
  /** They are not those of all columns. */
  readonly isOwn: boolean;
}

export type Effect = 'none' | 'minor' | 'drift';

/** The thresholds of one column. */
export function thresholdsOf(judgement: Judgement, column: string): Thresholds {
  const own = Object.hasOwn(judgement.columns, column) ? judgement.columns[column] : undefined;
  const { psiThreshold, ksThreshold } = judgement;
  const [psi, distance] = [own?.psiThreshold ?? psiThreshold, own?.ksThreshold ?? ksThreshold];
  return { psi, distance, isOwn: psi !== psiThreshold || distance !== ksThreshold };
}

/** The weight of one column in the drift score, in (0, 1]. */
export function importanceOf(judgement: Judgement, column: string): number {
  return (Object.hasOwn(judgement.importance, column) ? judgement.importance[column] : undefined) ?? 1;
}

/** Whether an adjusted p-value is evidence. */
export function isEvidence(adjustedPValue: number, judgement: Judgement): boolean {
  return adjustedPValue <= judgement.falseAlarmRate / 2;
}

export function enoughRows({ rows }: Measurement, judgement: Judgement): boolean {
  return Math.min(rows.baseline, rows.window) >= judgement.minSamples;
}

export function isFew({ baseline, window }: Rows): boolean {
  return Math.min(baseline, window) < FEW_ROWS;
}

/**
 * The p-value of one measurement of a signal whose own was adjusted over the report: no smaller than that, and corrected for
 * the other measurements of the signal. The evidence for one component says nothing about another.
 */
export function ownPValue({ pValue, family = 1 }: Measurement, adjustedPValue: number): number {
  return Math.max(adjustedPValue, Math.min(1, family * pValue));
}

/** How large the change is for certain, whether or not there is evidence for it. */
export function effectOf(measurement: Measurement, thresholds: Thresholds): Effect {
  const psi = decisive(measurement.psi, measurement.rows);
  const distance = decisive(measurement.distance, measurement.distanceRows);
  if (psi >= thresholds.psi || distance >= thresholds.distance) return 'drift';
  return psi >= MINOR_EFFECT || distance >= MINOR_EFFECT ? 'minor' : 'none';
}

/** The same of a stability index alone. */
export function effectOfPsi(psi: number, thresholds: Thresholds): Effect {
  if (psi >= thresholds.psi) return 'drift';
  return psi >= MINOR_EFFECT ? 'minor' : 'none';
}

/** The number that has to reach a threshold. */
function decisive({ value, lower }: Estimate, rows: Rows): number {
  return (isFew(rows) ? lower : value) ?? 0;
}

/** The verdict on a measurement whose p-value has been adjusted over the report. */
export function verdictOf(
  measurement: Measurement,
  adjustedPValue: number,
  thresholds: Thresholds,
  judgement: Judgement,
): Verdict {
  if (!enoughRows(measurement, judgement)) return 'insufficient-data';
  if (judgement.policy === 'thresholds') return textbookVerdict(measurement, thresholds);
  return isEvidence(ownPValue(measurement, adjustedPValue), judgement) ? effectOf(measurement, thresholds) : 'none';
}

function textbookVerdict(measurement: Measurement, thresholds: Thresholds): Verdict {
  const psi = measurement.psi.value ?? 0;
  if (psi > thresholds.psi || isTextbookSignificant(measurement)) return 'drift';
  return psi >= MINOR_EFFECT ? 'minor' : 'none';
}

/** A small p-value of the test that the textbooks use for the kind of column. */
export function isTextbookSignificant({ tests, family = 1 }: Measurement): boolean {
  const [usual] = tests;
  // Of an embedding's three dozen measurements one or two have p < 0.05 in any window: the rule is one a signal.
  return family * (usual?.pValue ?? 1) < TEXTBOOK_SIGNIFICANCE;
}
