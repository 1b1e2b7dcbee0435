/**
 * Both quadratic statistics of empirical distribution functions tend to Σ λ_j χ²(1) in distribution, with distinct
 * eigenvalues λ_j. Smirnov's formula (1937; Durbin 1973, "Distribution theory for tests based on the sample
 * distribution function") gives their tail as 1/π Σ (−1)^(k−1) ∫ exp(−ux/2) / (u √|Π(1 − uλ_j)|) du over the intervals
 * [1/λ_(2k−1), 1/λ_(2k)]. All digits of a small tail are right, where 1 − (distribution function) has none left.
 *
 * The integral is taken in some increasing variable v: `interval(k)` in v, `exponent` is u(v), and `density` all of the
 * integrand but exp(−ux/2), times du/dv. It is singular like an inverse square root at both ends, which Gauss-Chebyshev
 * quadrature takes exactly.
 */
function smirnovTail(
  x: number,
  interval: (k: number) => readonly [number, number],
  exponent: (v: number) => number,
  density: (v: number) => number,
): number {
  let tail = 0;
  for (let k = 1; ; k++) {
    const [from, to] = interval(k);
    if (Math.exp((-exponent(from) * x) / 2) <= 1e-18 * tail || exponent(from) * x > 1490) break;
    const nodes = 16 + Math.ceil(2 * Math.sqrt((exponent(to) - exponent(from)) * Math.min(x, 1490 / exponent(from))));
    let sum = 0;
    for (let i = 0; i < nodes; i++) {
      const angle = ((i + 0.5) * Math.PI) / nodes;
      const v = (from + to) / 2 - ((to - from) / 2) * Math.cos(angle);
      sum += Math.exp((-exponent(v) * x) / 2) * density(v) * Math.sin(angle);
    }
    tail += ((k % 2 === 1 ? 1 : -1) * sum * (to - from)) / (2 * nodes);
  }
  return Math.min(1, Math.max(0, tail));
}

/**
 * P(W² ≥ x) of the Cramér-von Mises limit distribution, λ_j = 1/(jπ)², Π(1 − uλ_j) = sin(√u)/√u; here v = √u.
 * NaN for NaN.
 */
export function cramerVonMisesSurvival(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  // Below, 1 − P < 1e-16.
  if (x < 0.003) return 1;
  return smirnovTail(
    x,
    (k) => [(2 * k - 1) * Math.PI, 2 * k * Math.PI],
    (v) => v * v,
    (v) => 2 / Math.sqrt(v * Math.abs(Math.sin(v))),
  );
}

/**
 * P(A² ≥ x) of the Anderson-Darling limit distribution, λ_j = 1/(j(j + 1)), Π(1 − uλ_j) = −cos(½π√(1 + 4u))/(πu); here
 * v = √(1 + 4u). NaN for NaN.
 */
export function andersonDarlingSurvival(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  // Below, 1 − P < 1e-16.
  if (x < 0.03) return 1;
  return smirnovTail(
    x,
    (k) => [4 * k - 1, 4 * k + 1],
    (v) => (v * v - 1) / 4,
    (v) => v * Math.sqrt(Math.PI / ((v * v - 1) * Math.abs(Math.cos((Math.PI * v) / 2)))),
  );
}
