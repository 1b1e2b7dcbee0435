import { decodeEmbedding, encodeEmbedding } from '../profile/codec.ts';
import type { EmbeddingProfile, EmbeddingSpec } from '../profile/embedding.ts';
import { Grid } from '../profile/grid.ts';
import type { NumericSpec } from '../profile/numeric.ts';
import { decodeFloats, encodeFloats } from '../profile/packed-floats.ts';
import type { EmbeddingNull } from './embedding-null.ts';
import type { StoredColumn, StoredPackedSpec } from './schema.ts';

/** An embedding column of a baseline as it stands in JSON: large arrays packed, nothing rounded. */
type StoredEmbedding = Extract<StoredColumn, { type: 'embedding' }>;

interface EmbeddingColumn {
  readonly spec: EmbeddingSpec;
  readonly profile: EmbeddingProfile;
  readonly nullDistribution: EmbeddingNull;
}

export function encodeEmbeddingColumn({
  spec,
  profile,
  nullDistribution,
}: EmbeddingColumn): Omit<StoredEmbedding, 'type' | 'role' | 'source' | 'kind'> {
  const { name, dimension, centroid, components, variances, totalVariance, scale } = spec;
  return {
    name,
    dimension,
    centroid: encodeFloats(centroid),
    components: encodeFloats(components),
    variances: [...variances],
    totalVariance,
    scale,
    norm: packSpec(spec.norm),
    cosine: packSpec(spec.cosine),
    residual: packSpec(spec.residual),
    scores: spec.scores.map(packSpec),
    null: { squares: encodeFloats(nullDistribution.squares), products: encodeFloats(nullDistribution.products) },
    profile: encodeEmbedding(profile),
  };
}

/** Throws where an array is not as long as it has to be. */
export function decodeEmbeddingColumn(stored: StoredEmbedding): EmbeddingColumn {
  const { name, dimension, variances, totalVariance, scale } = stored;
  const splits = Math.floor((stored.null.squares.length * 3) / 4 / Float32Array.BYTES_PER_ELEMENT);
  const spec: EmbeddingSpec = {
    type: 'embedding',
    name,
    dimension,
    centroid: decodeFloats(stored.centroid, Float32Array, dimension),
    components: decodeFloats(stored.components, Float32Array, variances.length * dimension),
    variances,
    totalVariance,
    scale,
    norm: unpackSpec(`${name} norm`, stored.norm),
    cosine: unpackSpec(`${name} cosine`, stored.cosine),
    residual: unpackSpec(`${name} residual`, stored.residual),
    scores: stored.scores.map((score, index) => unpackSpec(`${name} component ${index + 1}`, score)),
  };
  if (spec.scores.length !== variances.length) throw new Error(`column ${name}: ${spec.scores.length} grids of scores`);
  return {
    spec,
    profile: decodeEmbedding(stored.profile, spec),
    nullDistribution: {
      squares: decodeFloats(stored.null.squares, Float32Array, splits),
      products: decodeFloats(stored.null.products, Float32Array, splits),
    },
  };
}

function packSpec({ grid, centre, scale }: NumericSpec): StoredPackedSpec {
  return { values: encodeFloats(grid.values), points: [...grid.points], centre, scale };
}

function unpackSpec(name: string, { values, points, centre, scale }: StoredPackedSpec): NumericSpec {
  const length = Math.floor((values.length * 3) / 4 / Float64Array.BYTES_PER_ELEMENT);
  const grid = new Grid(decodeFloats(values, Float64Array, length), points, 'float64');
  return { type: 'numeric', name, temporal: false, grid, centre, scale };
}
