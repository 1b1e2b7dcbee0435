/**
 * Moves the element that would be at index `k` if `values` were sorted there, nothing larger before it and nothing
 * smaller after it, in linear time (Floyd & Rivest 1975, algorithm 489). `values` must not hold NaN.
 */
export function selectInPlace(values: Float64Array, k: number, left = 0, right = values.length - 1): void {
  let low = left;
  let high = right;
  while (high > low) {
    if (high - low > 600) {
      const n = high - low + 1;
      const m = k - low + 1;
      const z = Math.log(n);
      const s = 0.5 * Math.exp((2 * z) / 3);
      const deviation = 0.5 * Math.sqrt((z * s * (n - s)) / n) * Math.sign(m - n / 2);
      const from = Math.max(low, Math.floor(k - (m * s) / n + deviation));
      const to = Math.min(high, Math.floor(k + ((n - m) * s) / n + deviation));
      selectInPlace(values, k, from, to);
    }
    const pivot = values[k]!;
    let i = low;
    let j = high;
    swap(values, low, k);
    if (values[high]! > pivot) swap(values, low, high);
    while (i < j) {
      swap(values, i, j);
      i += 1;
      j -= 1;
      while (values[i]! < pivot) i += 1;
      while (values[j]! > pivot) j -= 1;
    }
    if (values[low] === pivot) {
      swap(values, low, j);
    } else {
      j += 1;
      swap(values, j, high);
    }
    if (j <= k) low = j + 1;
    if (k <= j) high = j - 1;
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const value = values[i]!;
  values[i] = values[j]!;
  values[j] = value;
}

/**
 * The median of the square roots of `squares`, the mean of the middle two for an even number (`numpy.median`), and 0 of
 * none; reorders `squares`.
 */
export function rootMedianInPlace(squares: Float64Array): number {
  if (squares.length === 0) return 0;
  const middle = squares.length >> 1;
  selectInPlace(squares, middle);
  const upper = Math.sqrt(squares[middle]!);
  if (squares.length % 2 === 1) return upper;
  let lower = 0;
  for (let i = 0; i < middle; i++) lower = Math.max(lower, squares[i]!);
  return (Math.sqrt(lower) + upper) / 2;
}
