import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import type { CategoricalProfile, CategoricalSpec } from '../profile/categorical.ts';
import { decodeCategorical, decodeNumeric, encodeCategorical, encodeNumeric } from '../profile/codec.ts';
import type { EmbeddingProfile, EmbeddingSpec } from '../profile/embedding.ts';
import { Grid } from '../profile/grid.ts';
import type { NumericProfile, NumericSpec } from '../profile/numeric.ts';
import type { ModelId } from '../storage/layout.ts';
import { decodeEmbeddingColumn, encodeEmbeddingColumn } from './embedding-column.ts';
import type { EmbeddingNull } from './embedding-null.ts';
import { BASELINE_FORMAT, type StoredBaseline, type StoredColumn } from './schema.ts';

export type Role = 'feature' | 'prediction' | 'confidence';

interface Described {
  readonly role: Role;
  /** Type in the training files, for people. */
  readonly source: string;
  readonly kind: BaselineKind;
}

/** What a training column's type holds. */
export type BaselineKind = StoredColumn['kind'];

/** How a column is counted, and what the training data counted. */
export type BaselineColumn = Described &
  (
    | { readonly type: 'numeric'; readonly spec: NumericSpec; readonly profile: NumericProfile }
    | { readonly type: 'categorical'; readonly spec: CategoricalSpec; readonly profile: CategoricalProfile }
    | {
        readonly type: 'embedding';
        readonly spec: EmbeddingSpec;
        readonly profile: EmbeddingProfile;
        readonly nullDistribution: EmbeddingNull;
      }
  );

/** Where a baseline came from that was made of inference logs. */
export type FromLogs = NonNullable<StoredBaseline['fromLogs']>;

/** The profile of a model version's training data. */
export interface Baseline {
  readonly id: string;
  readonly model: ModelId;
  readonly createdAt: string;
  readonly sources: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[];
  readonly fromLogs?: FromLogs | undefined;
  readonly rows: number;
  readonly columns: readonly BaselineColumn[];
  readonly leftOut: readonly { readonly name: string; readonly source: string; readonly reason: string }[];
}

export function encodeBaseline(baseline: Omit<Baseline, 'id'>): StoredBaseline {
  const content = {
    format: BASELINE_FORMAT,
    model: { ...baseline.model },
    rows: baseline.rows,
    columns: baseline.columns.map(encodeColumn),
    leftOut: baseline.leftOut.map((column) => ({ ...column })),
  } as const;
  const sources = baseline.sources.map((source) => ({ ...source }));
  const { createdAt, fromLogs } = baseline;
  return { ...content, id: contentId(content), createdAt, sources, ...(fromLogs && { fromLogs }) };
}

/** SHA-256 of the canonical JSON (sorted keys), its first 16 hexadecimal digits. */
function contentId(content: Omit<StoredBaseline, 'id' | 'createdAt' | 'sources' | 'fromLogs'>): string {
  return createHash('sha256').update(stringify(content)).digest('hex').slice(0, 16);
}

export function decodeBaseline(stored: StoredBaseline): Baseline {
  return { ...stored, columns: stored.columns.map(decodeColumn) };
}

type StoredNumericSpec = Pick<Extract<StoredColumn, { type: 'numeric' }>, 'grid' | 'centre' | 'scale'>;

function encodeSpec(spec: NumericSpec): StoredNumericSpec {
  const { grid, centre, scale } = spec;
  return { grid: { values: [...grid.values], points: [...grid.points], precision: grid.precision }, centre, scale };
}

function decodeSpec(name: string, temporal: boolean, stored: StoredNumericSpec): NumericSpec {
  const { values, points, precision } = stored.grid;
  const grid = new Grid(Float64Array.from(values), points, precision);
  return { type: 'numeric', name, temporal, grid, centre: stored.centre, scale: stored.scale };
}

function encodeColumn(column: BaselineColumn): StoredColumn {
  const { role, source, kind } = column;
  switch (column.type) {
    case 'numeric': {
      const { type, name, temporal } = column.spec;
      return {
        type,
        name,
        role,
        source,
        kind,
        temporal,
        ...encodeSpec(column.spec),
        profile: encodeNumeric(column.profile),
      };
    }
    case 'categorical': {
      const { type, name, boolean, values, rare, complete } = column.spec;
      const lists = { values: [...values], rare: [...rare] };
      return {
        type,
        name,
        role,
        source,
        kind,
        boolean,
        ...lists,
        complete,
        profile: encodeCategorical(column.profile),
      };
    }
    case 'embedding':
      return { type: column.type, role, source, kind, ...encodeEmbeddingColumn(column) };
  }
}

function decodeColumn(stored: StoredColumn): BaselineColumn {
  const { name, role, source, kind } = stored;
  switch (stored.type) {
    case 'numeric': {
      const spec = decodeSpec(name, stored.temporal, stored);
      return { type: stored.type, role, source, kind, spec, profile: decodeNumeric(stored.profile, spec) };
    }
    case 'categorical': {
      const { type, boolean, values, rare, complete } = stored;
      const spec = { type, name, boolean, values, rare, complete };
      return { type, role, source, kind, spec, profile: decodeCategorical(stored.profile, spec) };
    }
    case 'embedding':
      return { type: stored.type, role, source, kind, ...decodeEmbeddingColumn(stored) };
  }
}
