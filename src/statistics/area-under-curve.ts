/**
 * Pairs of a positive and a negative score in which the positive is larger, equal ones counted half: the Mann-Whitney U of
 * the positives, which is the area under the ROC curve times the number of pairs (`sklearn.metrics.roc_auc_score`). Sorts
 * both arrays in place; they must not hold NaN.
 */
export function orderedPairs(positive: Float64Array, negative: Float64Array): number {
  positive.sort();
  negative.sort();
  let pairs = 0;
  let below = 0;
  let upTo = 0;
  for (const score of positive) {
    while (below < negative.length && negative[below]! < score) below += 1;
    while (upTo < negative.length && negative[upTo]! <= score) upTo += 1;
    pairs += (below + upTo) / 2;
  }
  return pairs;
}
