/** Sums of two lists of the same length, position by position: most of the work of merging profiles. */
export function addCounts(a: Float64Array, b: Float64Array): Float64Array {
  const sums = new Float64Array(a.length);
  for (let index = 0; index < sums.length; index++) sums[index] = a[index]! + b[index]!;
  return sums;
}
