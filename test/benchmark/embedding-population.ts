import { type EmbeddingProfile, type EmbeddingSpec, emptyEmbedding } from '../../src/profile/embedding.ts';
import { NumericAccumulator, type NumericSpec } from '../../src/profile/numeric.ts';
import { normalOf } from '../../src/statistics/random.ts';

/** Made-up embeddings, whose true distributions are known: normal noise about one or several centres. */
export interface Population {
  readonly dimension: number;
  /** Row-major; each as likely. */
  readonly centres: Float64Array;
  /** Standard deviation in each dimension. */
  readonly noise: number;
  /** Scaled to unit length. */
  readonly onSphere: boolean;
}

export const POPULATIONS = ['gaussian', 'unit sphere', 'mixture of 20'] as const;
export type PopulationName = (typeof POPULATIONS)[number];

const CLUSTERS = 20;

/** The mixture's centres are as far apart as its noise is wide: independent standard normal numbers both. */
export function populationOf(name: PopulationName, dimension: number, random: () => number): Population {
  const normal = normalOf(random);
  const centres =
    name === 'mixture of 20'
      ? Float64Array.from({ length: CLUSTERS * dimension }, normal)
      : new Float64Array(dimension);
  return { dimension, centres, noise: 1, onSphere: name === 'unit sphere' };
}

/** Vectors, one after another. */
export function drawVectors(
  { dimension, centres, noise, onSphere }: Population,
  rows: number,
  random: () => number,
): Float32Array<ArrayBuffer> {
  const normal = normalOf(random);
  const count = centres.length / dimension;
  const vectors = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    const centre = Math.floor(random() * count) * dimension;
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    for (let index = 0; index < dimension; index++) vector[index] = (centres[centre + index] ?? 0) + noise * normal();
    if (!onSphere) continue;
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    for (let index = 0; index < dimension; index++) vector[index]! /= length;
  }
  return vectors;
}

/**
 * Profiles of windows as drawn from the population, without drawing the vectors: normal noise has independent coordinates in
 * any orthonormal directions, so the components, two directions that centroid and centre need, and a χ² for all others make
 * what is measured on a vector.
 */
export function windowDrawer(
  spec: EmbeddingSpec,
  { dimension, centres, noise, onSphere }: Population,
  random: () => number,
): (rows: number) => EmbeddingProfile {
  const { centroid, components, variances } = spec;
  const count = variances.length;
  const normal = normalOf(random);
  const dot = (a: (index: number) => number, b: (index: number) => number) => {
    let sum = 0;
    for (let index = 0; index < dimension; index++) sum += a(index) * b(index);
    return sum;
  };
  const at = (component: number) => (index: number) => components[component * dimension + index] ?? 0;
  const origin = (index: number) => centroid[index] ?? 0;
  const originScores = Float64Array.from({ length: count }, (_, component) => dot(origin, at(component)));
  const originLength = Math.sqrt(dot(origin, origin));
  const originOutside = Float64Array.from(
    { length: dimension },
    (_, index) => origin(index) - originScores.reduce((sum, score, component) => sum + score * at(component)(index), 0),
  );
  const outsideLength = Math.sqrt(originOutside.reduce((sum, value) => sum + value * value, 0));
  const outside = (index: number) => (originOutside[index] ?? 0) / outsideLength;
  const places = Array.from({ length: centres.length / dimension }, (_, centre) => {
    const of = (index: number) => centres[centre * dimension + index] ?? 0;
    const scores = Float64Array.from({ length: count }, (__, component) => dot(of, at(component)));
    const along = dot(of, outside);
    const rest = dot(of, of) - scores.reduce((sum, score) => sum + score * score, 0) - along * along;
    return { scores, along, rest: Math.sqrt(Math.max(0, rest)) };
  });
  const left = dimension - count - 2;

  return (rows) => {
    const measured = Array.from({ length: count + 3 }, () => new Float64Array(rows));
    const [norms, cosines, residuals, ...scores] = measured as [
      Float64Array,
      Float64Array,
      Float64Array,
      ...Float64Array[],
    ];
    for (let row = 0; row < rows; row++) {
      const place = places[Math.floor(random() * places.length)]!;
      let inside = 0;
      let product = 0;
      for (let component = 0; component < count; component++) {
        const value = place.scores[component]! + noise * normal();
        scores[component]![row] = value;
        inside += value * value;
        product += value * originScores[component]!;
      }
      const along = place.along + noise * normal();
      const beside = (place.rest + noise * normal()) ** 2 + noise * noise * chiSquared(left, normal, random);
      const length = Math.sqrt(inside + along * along + beside);
      const scale = onSphere ? 1 / length : 1;
      for (let component = 0; component < count; component++) {
        scores[component]![row] = scores[component]![row]! * scale - originScores[component]!;
      }
      norms[row] = length * scale;
      cosines[row] = (product + along * outsideLength) / (length * originLength);
      residuals[row] = Math.sqrt((along * scale - outsideLength) ** 2 + beside * scale * scale);
    }
    const counted = (of: NumericSpec, values: Float64Array) => {
      const accumulator = new NumericAccumulator(of);
      accumulator.add(values, undefined, undefined);
      accumulator.endRowGroup();
      return accumulator.profile();
    };
    return {
      ...emptyEmbedding(spec),
      rows,
      norm: counted(spec.norm, norms),
      cosine: counted(spec.cosine, cosines),
      residual: counted(spec.residual, residuals),
      scores: spec.scores.map((score, component) => counted(score, scores[component]!)),
    };
  };
}

/** χ² by a gamma variate (Marsaglia & Tsang 2000), for more than two degrees of freedom. */
function chiSquared(freedom: number, normal: () => number, random: () => number): number {
  const d = freedom / 2 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = normal();
    const v = (1 + c * z) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * z * z + d - d * v + d * Math.log(v)) return 2 * d * v;
  }
}
