import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Features } from './features.ts';

/** A logistic regression of spam on features. */
export interface Model {
  /** Probability of spam, 0…1. */
  probability(features: Features): number;
}

/** Weight of the squared coefficients, in units of one mail's log-likelihood. */
const RIDGE = 1;
const MOST_STEPS = 25;
const TOLERANCE = 1e-8;

/** A category seen in fewer training mails shares the coefficient of the unseen ones, which is 0. */
const FEWEST_MAILS = 10;

/**
 * Fits by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani & Friedman, The Elements of Statistical
 * Learning, 4.4.1) with an L2 penalty on all coefficients but the intercept. Numbers enter as ln(1 + x), standardised, since
 * counts in mails have long tails; categories as one column each.
 */
export function trainModel(rows: readonly Features[], isSpam: readonly boolean[]): Model {
  const encode = fitEncoder(rows);
  const inputs = new Matrix(rows.map(encode));
  const coefficients = solve(inputs, isSpam);
  return {
    probability: (features) =>
      sigmoid(encode(features).reduce((sum, value, i) => sum + value * (coefficients[i] ?? 0), 0)),
  };
}

function solve(inputs: Matrix, isSpam: readonly boolean[]): number[] {
  const transposed = inputs.transpose();
  const penalty = Matrix.eye(inputs.columns).mul(RIDGE);
  penalty.set(0, 0, 0);
  let coefficients = Matrix.zeros(inputs.columns, 1);
  for (let step = 0; step < MOST_STEPS; step++) {
    const probabilities = inputs.mmul(coefficients).to1DArray().map(sigmoid);
    const residuals = Matrix.columnVector(probabilities.map((p, row) => (isSpam[row] ? 1 : 0) - p));
    const gradient = transposed.mmul(residuals).sub(penalty.mmul(coefficients));
    const weighted = inputs.clone().mulColumnVector(probabilities.map((p) => Math.sqrt(p * (1 - p))));
    const change = new CholeskyDecomposition(weighted.transpose().mmul(weighted).add(penalty)).solve(gradient);
    coefficients = coefficients.add(change);
    if (Math.max(...change.to1DArray().map(Math.abs)) < TOLERANCE) break;
  }
  return coefficients.to1DArray();
}

type Encoder = (features: Features) => number[];

/** The intercept comes first. */
function fitEncoder(rows: readonly Features[]): Encoder {
  const encoders = Object.entries(rows[0] ?? {}).map(([name, first]) => {
    const values = rows.map((row) => row[name]);
    return typeof first === 'number' ? standardise(name, values.map(Number)) : oneHot(name, values.map(String));
  });
  return (features) => [1, ...encoders.flatMap((encode) => encode(features))];
}

function standardise(name: string, values: readonly number[]): Encoder {
  const logs = values.map(Math.log1p);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length;
  const deviation = Math.sqrt(variance) || 1;
  return (features) => [(Math.log1p(Number(features[name])) - mean) / deviation];
}

function oneHot(name: string, values: readonly string[]): Encoder {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const frequent = [...counts].filter(([, count]) => count >= FEWEST_MAILS).map(([value]) => value);
  return (features) => frequent.map((value) => (String(features[name]) === value ? 1 : 0));
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
