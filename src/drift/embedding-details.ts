import type { EmbeddingMeasureName } from './measure-names.ts';

/** What the sampled rows of an embedding say, beside what its verdict is made of. */
export interface EmbeddingDetails {
  readonly statistics: readonly EmbeddingStatistic[];
  /** Of each component, on 50 bins of equal width. */
  readonly components: readonly { readonly kullbackLeibler: number | null; readonly jensenShannon: number | null }[];
  readonly examples: Examples | undefined;
}

export interface EmbeddingStatistic {
  readonly name: EmbeddingMeasureName;
  readonly value: number | null;
  /** 95 % of windows of this size without drift have less. */
  readonly nullQuantile: number | null;
  readonly pValue: number | null;
  /** The value without a unit. */
  readonly effect: number | null;
}

export interface Examples {
  /** Sampled rows that they were chosen from. */
  readonly rows: number;
  readonly leastAlike: Example[];
  readonly mostAlike: Example[];
}

export interface Example {
  readonly name: string;
  readonly distance: number | null;
}
