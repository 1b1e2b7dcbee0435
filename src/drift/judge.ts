import type { Baseline, BaselineColumn } from '../baseline/baseline.ts';
import type { Judgement } from '../config/settings.ts';
import type { CategoricalProfile } from '../profile/categorical.ts';
import type { EmbeddingProfile } from '../profile/embedding.ts';
import type { NumericProfile } from '../profile/numeric.ts';
import type { Profile } from '../profile/profile.ts';
import { adjustPValues } from '../statistics/benjamini-hochberg.ts';
import { jointComponents } from './joint-components.ts';
import { measureCategorical } from './measure-categorical.ts';
import { type EmbeddingMeasurement, measureEmbedding } from './measure-embedding.ts';
import { measureNumeric } from './measure-numeric.ts';
import type { Measurement } from './signal.ts';
import {
  effectOf,
  effectOfPsi,
  enoughRows,
  importanceOf,
  isEvidence,
  ownPValue,
  thresholdsOf,
  type Verdict,
  verdictOf,
} from './verdict.ts';

type Numeric = Extract<BaselineColumn, { type: 'numeric' }>;
type Categorical = Extract<BaselineColumn, { type: 'categorical' }>;
type Embedding = Extract<BaselineColumn, { type: 'embedding' }>;

/** A column of the baseline, what the window holds of it, and how that compares. */
export type Compared =
  | {
      readonly type: 'numeric';
      readonly column: Numeric;
      readonly window: NumericProfile;
      readonly measured: Measurement;
    }
  | {
      readonly type: 'categorical';
      readonly column: Categorical;
      readonly window: CategoricalProfile;
      readonly measured: Measurement;
    }
  | {
      readonly type: 'embedding';
      readonly column: Embedding;
      readonly window: EmbeddingProfile;
      readonly measured: EmbeddingMeasurement;
    };

/** A signal with its verdict. */
export type Judged = Compared & {
  /** Benjamini-Hochberg over all signals of the report that have enough rows; NaN for the others. */
  readonly adjustedPValue: number;
  readonly verdict: Verdict;
};

export interface Judgements {
  /** In the baseline's order: features, outputs and embeddings. */
  readonly signals: readonly Judged[];
  /** 0 … 1: the share of the window's traffic that the baseline cannot account for, weighted by importance. */
  readonly driftScore: number;
  readonly driftDetected: boolean;
  readonly status: 'drift' | 'no-drift' | 'insufficient-data' | 'no-data';
}

/** Judges a window against the baseline whose specs its profile was counted by. */
export function judge(baseline: Baseline, window: Profile, judgement: Judgement): Judgements {
  const compared = baseline.columns.map((column, index) => compare(column, window.columns[index]));
  const adjusted = adjustPValues(
    compared.map((signal) =>
      hasVectors(signal, judgement) && measurements(signal).every((measurement) => enoughRows(measurement, judgement))
        ? signal.measured.pValue
        : Number.NaN,
    ),
  );
  const signals = compared.map((signal, index): Judged => {
    const adjustedPValue = adjusted[index] ?? Number.NaN;
    return { ...signal, adjustedPValue, verdict: judgeSignal(signal, adjustedPValue, judgement) };
  });
  return {
    signals,
    driftScore: driftScore(signals, judgement),
    driftDetected: signals.some(({ verdict }) => verdict === 'drift'),
    status: statusOf(window, signals),
  };
}

function statusOf(window: Profile, signals: readonly Judged[]): Judgements['status'] {
  if (window.rows === 0) return 'no-data';
  if (signals.every(({ verdict }) => verdict === 'insufficient-data')) return 'insufficient-data';
  return signals.some(({ verdict }) => verdict === 'drift') ? 'drift' : 'no-drift';
}

function compare(column: BaselineColumn, window: Profile['columns'][number] | undefined): Compared {
  if (column.type === 'numeric' && window?.type === 'numeric') {
    return { type: 'numeric', column, window, measured: measureNumeric(column.profile, window) };
  }
  if (column.type === 'categorical' && window?.type === 'categorical') {
    return { type: 'categorical', column, window, measured: measureCategorical(column.profile, window) };
  }
  if (column.type === 'embedding' && window?.type === 'embedding') {
    return { type: 'embedding', column, window, measured: measureEmbedding(column.profile, window) };
  }
  throw new Error(`the window's profile was not counted by the baseline: column ${column.spec.name}`);
}

/** What a signal is measured by: an embedding by several things, the angle to the centroid first. */
export function measurements(signal: Compared): readonly Measurement[] {
  return signal.type === 'embedding' ? signal.measured.parts.map(({ measured }) => measured) : [signal.measured];
}

/** Training rows without a vector say nothing of vectors. */
function hasVectors(signal: Compared, { minSamples }: Judgement): boolean {
  return signal.type !== 'embedding' || signal.column.profile.rows >= minSamples;
}

const SEVERITY: readonly Verdict[] = ['insufficient-data', 'none', 'minor', 'drift'];

/** The gravest verdict on any of its measurements, and of an embedding on its components together. */
function judgeSignal(signal: Compared, adjustedPValue: number, judgement: Judgement): Verdict {
  if (!hasVectors(signal, judgement)) return 'insufficient-data';
  const thresholds = thresholdsOf(judgement, signal.column.spec.name);
  const verdicts = measurements(signal).map((one) => verdictOf(one, adjustedPValue, thresholds, judgement));
  if (signal.type === 'embedding' && judgement.policy !== 'thresholds') {
    const joint = jointComponents(signal.measured, adjustedPValue, judgement);
    if (joint !== undefined) verdicts.push(effectOfPsi(joint.psi, thresholds));
  }
  return verdicts.reduce((worst, verdict) => (SEVERITY.indexOf(verdict) > SEVERITY.indexOf(worst) ? verdict : worst));
}

/** The largest share that a signal with evidence leaves unaccounted for, times its importance; 0 when none has evidence. */
function driftScore(signals: readonly Judged[], judgement: Judgement): number {
  const shares = signals
    .filter((signal) => hasEvidence(signal, judgement))
    .flatMap((signal) => {
      const importance = importanceOf(judgement, signal.column.spec.name);
      return measurements(signal)
        .filter((measurement) => hasOwnEvidence(measurement, signal, judgement))
        .map(({ unaccounted }) => importance * unaccounted);
    });
  return Math.min(1, Math.max(0, ...shares));
}

function hasEvidence(signal: Judged, judgement: Judgement): boolean {
  if (signal.verdict === 'insufficient-data') return false;
  // The textbook rule knows no evidence apart from its verdict.
  return judgement.policy === 'thresholds' ? signal.verdict !== 'none' : isEvidence(signal.adjustedPValue, judgement);
}

function hasOwnEvidence(measurement: Measurement, { adjustedPValue }: Judged, judgement: Judgement): boolean {
  return judgement.policy === 'thresholds' || isEvidence(ownPValue(measurement, adjustedPValue), judgement);
}

/** Positions of an embedding's components that have moved: with evidence of their own, and an effect. */
export function driftedComponents(signal: Extract<Judged, { type: 'embedding' }>, judgement: Judgement): number[] {
  const thresholds = thresholdsOf(judgement, signal.column.spec.name);
  return signal.measured.parts.flatMap((part) => {
    if (part.of !== 'component' || effectOf(part.measured, thresholds) === 'none') return [];
    return hasOwnEvidence(part.measured, signal, judgement) ? [part.component - 1] : [];
  });
}
