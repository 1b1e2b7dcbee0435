import type { EmbeddingProfile } from '../profile/embedding.ts';
import type { NumericProfile, NumericSpec } from '../profile/numeric.ts';
import { measureNumeric } from './measure-numeric.ts';
import { combine, type Measurement } from './signal.ts';

/**
 * An embedding is judged by what is measured on each of its vectors, like numeric columns: the angle to the baseline's
 * centroid, the length where it varies, the coordinates along the principal components, and the distance from their subspace.
 */
export interface EmbeddingMeasurement {
  /** Cosine first, components last. */
  readonly parts: readonly EmbeddingPart[];
  /** Of all parts together. */
  readonly pValue: number;
}

export type EmbeddingPart = {
  readonly measured: Measurement;
  readonly spec: NumericSpec;
  readonly baseline: NumericProfile;
  readonly window: NumericProfile;
} & ({ readonly of: 'cosine' | 'norm' | 'residual' } | { readonly of: 'component'; readonly component: number });

/** A norm that varies less than this, relative to its size, is taken for constant. */
const CONSTANT_NORM = 1e-3;

export function measureEmbedding(baseline: EmbeddingProfile, window: EmbeddingProfile): EmbeddingMeasurement {
  const { spec } = baseline;
  const compare = (before: NumericProfile, now: NumericProfile | undefined) => {
    if (now === undefined) throw new Error(`the window of column '${spec.name}' has other components`);
    const whole = { baseline: withAbsent(before, baseline), window: withAbsent(now, window) };
    return { ...whole, spec: before.spec, measured: measureNumeric(whole.baseline, whole.window) };
  };
  const compared: EmbeddingPart[] = [
    { of: 'cosine', ...compare(baseline.cosine, window.cosine) },
    ...(normVaries(spec.norm) ? [{ of: 'norm', ...compare(baseline.norm, window.norm) } as const] : []),
    { of: 'residual', ...compare(baseline.residual, window.residual) },
    ...baseline.scores.map((score, index) => {
      return { of: 'component', component: index + 1, ...compare(score, window.scores[index]) } as const;
    }),
  ];
  const parts = compared.map((part) => ({ ...part, measured: { ...part.measured, family: compared.length } }));
  return { parts, pValue: combine(parts.map(({ measured }) => measured.pValue)) };
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
