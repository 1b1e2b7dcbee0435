/**
 * The measures that no verdict uses, by their names in the report, and what they are. Apart from `measures.ts`, which computes
 * them: what reads or shows a report is loaded without the statistics.
 */

/** On the bins of the stability index, missing values included. */
export const SHARE_MEASURES = {
  jensenShannonDistance: 'square root of the Jensen-Shannon divergence; 0 … 1',
  jensenShannonDivergence: 'in bits; 0 … 1',
  kullbackLeibler: 'divergence of the window from the training data, in nats; null where infinite',
  hellinger: 'Hellinger distance; 0 … 1',
  totalVariation: 'total variation distance, sampling noise included; 0 … 1',
  lInfinity: 'largest change of the share of one bin; 0 … 1',
} as const;

/** Of the values of a numeric column that are there. */
export const VALUE_MEASURES = {
  wasserstein: 'Wasserstein-1 distance, in the unit of the values (seconds for instants); null with infinite values',
  wassersteinInDeviations: 'the same in standard deviations of the training data; null where these are 0',
  andersonDarling: 'Anderson-Darling statistic, 1 on average without drift',
  andersonDarlingPValue: 'not adjusted',
  cramerVonMises: 'Cramér-von Mises statistic T, at most 1/6 on average without drift',
  cramerVonMisesPValue: 'not adjusted',
  meanShift: 'change of the mean in standard errors (z)',
  varianceShift: "change of the logarithm of the variance in standard errors (z), by the training data's kurtosis",
} as const;

export type ShareMeasures = Record<keyof typeof SHARE_MEASURES, number | null>;
export type ValueMeasures = Record<keyof typeof VALUE_MEASURES, number | null>;

/** Of an embedding as a whole, beside what its verdict is made of. */
export const EMBEDDING_MEASURES = {
  centroidCosineDistance: 'cosine distance of the mean vectors; the effect is the same',
  centroidDistance: "Euclidean distance of the mean vectors; the effect is in units of the training data's spread",
  componentsDrifted: 'share of the components that drifted; the effect is their share of the variance',
  slicedWasserstein: 'sliced Wasserstein distance; the effect is in units of the spread',
  maximumMeanDiscrepancy: 'squared, of a Gaussian kernel as wide as the median distance; the effect is its root',
  frechetDistance: 'squared Fréchet distance of normal distributions; the effect is in units of the variance',
  domainClassifier: 'area under the ROC curve of telling window from training data; the effect is 2 AUC − 1',
} as const;
export type EmbeddingMeasureName = keyof typeof EMBEDDING_MEASURES;
