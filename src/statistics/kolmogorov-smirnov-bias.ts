import { normalQuantile } from './special.ts';

export const BOOTSTRAP_BINS = 64;
const BOOTSTRAP_RUNS = 200;

/**
 * E[max |F̂ − Ĝ + noise|] − max |F̂ − Ĝ| over the edges of at most 64 bins with shares `p` and `q` of n and m rows, by a
 * parametric bootstrap: the noise is the Gaussian limit of the two multinomials (Brownian bridges over the bins), from
 * one fixed seeded table, so that a re-run gives the same bits.
 */
export function largestDifferenceBias(p: readonly number[], q: readonly number[], n: number, m: number): number {
  const bins = p.length;
  const noise = standardNormals();
  const scaleP = p.map((share) => Math.sqrt(Math.max(0, share) / n));
  const scaleQ = q.map((share) => Math.sqrt(Math.max(0, share) / m));
  const cumulativeP = new Float64Array(bins);
  const cumulativeQ = new Float64Array(bins);
  let plain = 0;
  for (let i = 0, f = 0, g = 0; i < bins; i++) {
    f += p[i]!;
    g += q[i]!;
    cumulativeP[i] = f;
    cumulativeQ[i] = g;
    plain = Math.max(plain, Math.abs(f - g));
  }
  const walkP = new Float64Array(bins);
  const walkQ = new Float64Array(bins);
  let sum = 0;
  for (let run = 0; run < BOOTSTRAP_RUNS; run++) {
    let offset = run * 2 * BOOTSTRAP_BINS;
    let p1 = 0;
    let q1 = 0;
    for (let i = 0; i < bins; i++) {
      p1 += scaleP[i]! * noise[offset++]!;
      q1 += scaleQ[i]! * noise[offset++]!;
      walkP[i] = p1;
      walkQ[i] = q1;
    }
    let up = 0;
    let down = 0;
    for (let i = 0; i < bins; i++) {
      const f = cumulativeP[i]!;
      const g = cumulativeQ[i]!;
      const error = walkP[i]! - f * p1 - (walkQ[i]! - g * q1);
      up = Math.max(up, Math.abs(f - g + error));
      // The mirrored run costs nothing and cancels the noise's odd moments.
      down = Math.max(down, Math.abs(f - g - error));
    }
    sum += up + down;
  }
  return sum / (2 * BOOTSTRAP_RUNS) - plain;
}

let normals: Float64Array | undefined;

/** The fixed table of noise: Mulberry32 through the normal quantile function. */
function standardNormals(): Float64Array {
  if (normals) return normals;
  normals = new Float64Array(BOOTSTRAP_RUNS * 2 * BOOTSTRAP_BINS);
  let state = 1;
  for (let i = 0; i < normals.length; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    normals[i] = normalQuantile((((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32);
  }
  return normals;
}
