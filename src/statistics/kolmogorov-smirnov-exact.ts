/**
 * P(D ≥ h / lcm(n, m)) of the two-sided two-sample Kolmogorov-Smirnov statistic of continuous distributions: the share
 * of the lattice paths from (0, 0) to (n, m) that somewhere have |x/n − y/m| ≥ h / lcm (Hodges 1958, "The significance
 * probability of the Smirnov two-sample test"). As in `scipy.stats.ks_2samp(method='exact')` the share *outside* is
 * summed, all terms positive, so that the tail is as accurate as the rest (Viehmann 2021, arXiv:2102.08037).
 *
 * `h`: a whole number. Time is that of at most n·m steps of the recursion, and of n steps for equal sizes.
 */
export function exactTail(h: number, n: number, m: number): number {
  if (h <= 0) return 1;
  return n === m ? tailOfEqualSizes(h, n) : tailOfUnequalSizes(h, Math.max(n, m), Math.min(n, m));
}

/** Gnedenko & Korolyuk 1951: 2 Σ (−1)^(k−1) C(2n, n − kh) / C(2n, n), nested so that no term overflows. */
function tailOfEqualSizes(h: number, n: number): number {
  let tail = 0;
  for (let k = Math.floor(n / h); k >= 1; k--) {
    let ratio = 1;
    for (let j = 0; j < h; j++) ratio *= (n - (k - 1) * h - j) / (n + (k - 1) * h + j + 1);
    tail = ratio * (1 - tail);
  }
  return Math.min(1, 2 * tail);
}

/**
 * outside(i, j), the share of paths from (0, 0) to (i, j) that leave the band |i/n − j/m| < h / lcm, is
 * (i · outside(i − 1, j) + j · outside(i, j − 1)) / (i + j), and 1 off the band. It is computed along antidiagonals
 * i + j = s, in place: unlike along columns, no step waits for the one before.
 */
function tailOfUnequalSizes(h: number, n: number, m: number): number {
  const divisor = greatestCommonDivisor(n, m);
  const stepI = m / divisor;
  const stepJ = n / divisor;
  // Entry j + 1 holds outside(s − j, j); the entries next to the band hold 1.
  const outside = new Float64Array(m + 2).fill(1);
  outside[1] = 0;
  for (let s = 1; s <= n + m; s++) {
    const low = Math.max(0, s - n, Math.floor((s * stepI - h) / (stepI + stepJ)) + 1);
    const high = Math.min(m, s, Math.ceil((s * stepI + h) / (stepI + stepJ)) - 1);
    const perPath = 1 / s;
    for (let j = high; j >= low; j--) {
      outside[j + 1] = ((s - j) * outside[j + 1]! + j * outside[j]!) * perPath;
    }
    outside[low] = 1;
  }
  return Math.min(1, outside[m + 1]!);
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
