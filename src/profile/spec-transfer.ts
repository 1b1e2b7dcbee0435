import type { CategoricalSpec } from './categorical.ts';
import type { EmbeddingSpec } from './embedding.ts';
import { Grid } from './grid.ts';
import type { NumericSpec } from './numeric.ts';
import type { PresenceSpec } from './presence.ts';
import type { ColumnSpec } from './profile.ts';

/** Specs as plain data, for worker threads: a grid's class and its tables do not travel. */
export type PlainSpec = PlainNumericSpec | CategoricalSpec | PlainEmbeddingSpec | PresenceSpec;

type PlainNumericSpec = Omit<NumericSpec, 'grid'> & { readonly grid: Pick<Grid, 'values' | 'points' | 'precision'> };
type PlainEmbeddingSpec = Omit<EmbeddingSpec, 'norm' | 'cosine' | 'residual' | 'scores'> & {
  readonly norm: PlainNumericSpec;
  readonly cosine: PlainNumericSpec;
  readonly residual: PlainNumericSpec;
  readonly scores: readonly PlainNumericSpec[];
};

export function toPlainSpec(spec: ColumnSpec): PlainSpec {
  switch (spec.type) {
    case 'numeric':
      return toPlainNumeric(spec);
    case 'embedding':
      return {
        ...spec,
        norm: toPlainNumeric(spec.norm),
        cosine: toPlainNumeric(spec.cosine),
        residual: toPlainNumeric(spec.residual),
        scores: spec.scores.map(toPlainNumeric),
      };
    default:
      return spec;
  }
}

export function fromPlainSpec(spec: PlainSpec): ColumnSpec {
  switch (spec.type) {
    case 'numeric':
      return fromPlainNumeric(spec);
    case 'embedding':
      return {
        ...spec,
        norm: fromPlainNumeric(spec.norm),
        cosine: fromPlainNumeric(spec.cosine),
        residual: fromPlainNumeric(spec.residual),
        scores: spec.scores.map(fromPlainNumeric),
      };
    default:
      return spec;
  }
}

function toPlainNumeric(spec: NumericSpec): PlainNumericSpec {
  const { values, points, precision } = spec.grid;
  return { ...spec, grid: { values, points, precision } };
}

function fromPlainNumeric(spec: PlainNumericSpec): NumericSpec {
  const { values, points, precision } = spec.grid;
  return { ...spec, grid: new Grid(values, points, precision) };
}
