import type { WantedColumn } from '../scan/wanted.ts';
import {
  type CategoricalProfile,
  type CategoricalSpec,
  codedValues,
  emptyCategorical,
  mergeCategorical,
} from './categorical.ts';
import { type EmbeddingProfile, type EmbeddingSpec, emptyEmbedding, mergeEmbedding } from './embedding.ts';
import { emptyNumeric, mergeNumeric, type NumericProfile, type NumericSpec } from './numeric.ts';
import { emptyPresence, mergePresence, type PresenceProfile, type PresenceSpec } from './presence.ts';

/** What the baseline fixes for a column: how to count it. */
export type ColumnSpec = NumericSpec | CategoricalSpec | EmbeddingSpec | PresenceSpec;

/** The mergeable state of a column. */
export type ColumnProfile = NumericProfile | CategoricalProfile | EmbeddingProfile | PresenceProfile;

/**
 * Summary of any set of log files: what is compared instead of rows. `profile(A ∪ B) = merge(profile(A), profile(B))`, in any
 * order, to the bit.
 */
export interface Profile {
  readonly rows: number;
  /** In the order of the specs that they were counted by. */
  readonly columns: readonly ColumnProfile[];
}

export function emptyProfile(specs: readonly ColumnSpec[]): Profile {
  return { rows: 0, columns: specs.map(emptyColumn) };
}

function emptyColumn(spec: ColumnSpec): ColumnProfile {
  switch (spec.type) {
    case 'numeric':
      return emptyNumeric(spec);
    case 'categorical':
      return emptyCategorical(spec);
    case 'embedding':
      return emptyEmbedding(spec);
    case 'presence':
      return emptyPresence(spec);
  }
}

/** Throws where the profiles were counted by different baselines. */
export function mergeProfiles(a: Profile, b: Profile): Profile {
  if (a.columns.length !== b.columns.length) throw new Error('profiles of different baselines cannot be merged');
  return { rows: a.rows + b.rows, columns: a.columns.map((column, index) => mergeColumns(column, b.columns[index])) };
}

function mergeColumns(a: ColumnProfile, b: ColumnProfile | undefined): ColumnProfile {
  if (a.type === 'numeric' && b?.type === 'numeric') return mergeNumeric(a, b);
  if (a.type === 'categorical' && b?.type === 'categorical') return mergeCategorical(a, b);
  if (a.type === 'embedding' && b?.type === 'embedding') return mergeEmbedding(a, b);
  if (a.type === 'presence' && b?.type === 'presence') return mergePresence(a, b);
  throw new Error(`a profile of a ${a.type} column and one of ${b?.type ?? 'nothing'} cannot be merged`);
}

const coded = new WeakMap<CategoricalSpec, readonly string[]>();

/** The form in which a scan has to deliver a column. */
export function wantedColumn(spec: ColumnSpec): WantedColumn {
  switch (spec.type) {
    case 'numeric':
      return { as: 'numeric', name: spec.name, temporal: spec.temporal };
    case 'categorical': {
      // The same array each time: a scan makes one table of codes for each.
      const values = coded.get(spec) ?? codedValues(spec);
      coded.set(spec, values);
      return { as: 'category', name: spec.name, values, boolean: spec.boolean };
    }
    case 'embedding':
      return { as: 'embedding', name: spec.name };
    case 'presence':
      return { as: 'presence', name: spec.name };
  }
}
