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
