import type { Sample } from '../../src/statistics/sample.ts';
import { minimalStandard, readCases } from './reference.ts';

interface How {
  readonly shift?: number;
  readonly scale?: number;
  readonly decay?: number;
  readonly rank?: number;
  readonly constant?: boolean;
  readonly constantShift?: number;
  readonly ties?: boolean;
  readonly distinct?: number;
  readonly same?: number;
  readonly origin?: number;
  readonly unit?: number;
}

interface TwoSampleCase {
  readonly name: string;
  readonly n: number;
  readonly m: number;
  readonly dimension: number;
  readonly seeds: readonly [number, number];
  readonly how: How;
  readonly checksum: number;
  readonly mmd: number;
  readonly bandwidth: number;
  readonly frechet: number;
  /** Of both covariances together. */
  readonly traces: number;
  readonly slicedWasserstein: number;
  readonly areaUnderCurve: number;
  readonly histograms: {
    readonly reference: number[];
    readonly current: number[];
    readonly kullbackLeibler: number;
    readonly jensenShannon: number;
  };
}

/** Pairs of samples of points, made again from their seeds, with the values of SciPy and scikit-learn for them. */
export function makeTwoSamples(): (TwoSampleCase & { x: Sample; y: Sample })[] {
  return readCases<TwoSampleCase[]>('two-samples').map((made) => ({
    ...made,
    x: makeSample(made.n, made.dimension, made.seeds[0], false, made.how),
    y: makeSample(made.m, made.dimension, made.seeds[1], true, made.how),
  }));
}

/** As `make` in make_two_sample_references.py; only operations that IEEE 754 rounds in one way. */
function makeSample(rows: number, dimension: number, seed: number, current: boolean, how: How): Sample {
  const random = minimalStandard(seed);
  const values = new Float64Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    const start = row * dimension;
    for (let column = 0; column < dimension; column++) {
      let value = random() + random() + random() - 1.5;
      if (current) {
        value = value * (how.scale ?? 1);
        if (column === 0) value = value + (how.shift ?? 0);
      }
      value = value / (1 + column * (how.decay ?? 0.1));
      if (how.ties) value = Math.floor(value * 4) / 4;
      const rank = how.rank ?? dimension;
      if (column >= rank) value = values[start + (column % rank)]! * 0.5;
      if (how.constant && column === dimension - 1) value = 3.3 + (current ? (how.constantShift ?? 0) : 0);
      values[start + column] = (value + (how.origin ?? 0)) * (how.unit ?? 1);
    }
    if (how.distinct !== undefined && row >= how.distinct) {
      values.copyWithin(start, (row % how.distinct) * dimension, (row % how.distinct) * dimension + dimension);
    }
    if (row < (how.same ?? 0)) values.fill(0.25, start, start + dimension);
  }
  return { rows, dimension, values };
}
