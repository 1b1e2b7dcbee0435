import { centroidOf, type EmbeddingProfile } from '../profile/embedding.ts';
import type { NumericProfile, NumericSpec } from '../profile/numeric.ts';
import { measureNumeric } from './measure-numeric.ts';
import { combine, finite, type Measurement } from './signal.ts';

/** An embedding is judged by where its rows lie to the baseline's centroid: the angle, and the length where it varies. */
export interface EmbeddingMeasurement {
  /** 1 − cosine of the angle between the window's mean vector and the baseline's; null without vectors. */
  readonly centroidDistance: number | null;
  readonly cosine: Measurement;
  /** Undefined where the training data's norm is constant (unit vectors). */
  readonly norm: Measurement | undefined;
  /** Of the measurements together. */
  readonly pValue: number;
}

/** A norm that varies less than this, relative to its size, is taken for constant. */
const CONSTANT_NORM = 1e-3;

export function measureEmbedding(baseline: EmbeddingProfile, window: EmbeddingProfile): EmbeddingMeasurement {
  const cosine = measureNumeric(withAbsent(baseline.cosine, baseline), withAbsent(window.cosine, window));
  const norm = normVaries(baseline.spec.norm)
    ? measureNumeric(withAbsent(baseline.norm, baseline), withAbsent(window.norm, window))
    : undefined;
  const pValue = combine([cosine.pValue, ...(norm === undefined ? [] : [norm.pValue])]);
  return { centroidDistance: centroidDistance(baseline, window), cosine, norm, pValue };
}

/** Rows without a usable vector are missing values of what is measured on vectors. */
function withAbsent(profile: NumericProfile, embedding: EmbeddingProfile): NumericProfile {
  return { ...profile, missing: profile.missing + embedding.missing + embedding.unusable };
}

function normVaries({ grid }: NumericSpec): boolean {
  const { values } = grid;
  const low = values[0] ?? 0;
  const high = values.at(-1) ?? 0;
  return high - low > CONSTANT_NORM * Math.abs(high);
}

/** Cosine distance of the mean vectors. */
function centroidDistance(baseline: EmbeddingProfile, window: EmbeddingProfile): number | null {
  const before = centroidOf(baseline);
  const now = centroidOf(window);
  if (before === undefined || now === undefined) return null;
  let product = 0;
  let squaresBefore = 0;
  let squaresNow = 0;
  before.forEach((value, index) => {
    const other = now[index] ?? 0;
    product += value * other;
    squaresBefore += value * value;
    squaresNow += other * other;
  });
  return finite(1 - product / Math.sqrt(squaresBefore * squaresNow));
}
