import { choleskyInPlace, solveInPlace } from './cholesky.ts';

const MOST_STEPS = 100;
/** Steps shrink quadratically: what a smaller one would still change is rounding. */
const SMALLEST_STEP = 1e-7;

/** Rows of one matrix, with what to tell apart. */
export interface LabelledRows {
  /** One row after another, `dimension` numbers each. */
  readonly values: Float64Array;
  readonly dimension: number;
  /** 0 or 1 a row. */
  readonly labels: Uint8Array;
  /** Which rows to learn from. */
  readonly rows: Int32Array;
}

/**
 * Coefficients of the logistic regression that minimises Σ log-loss + ½ penalty |w|², its intercept (last, not penalised)
 * with them: `sklearn.linear_model.LogisticRegression(C=1/penalty)`. By Newton's method (iteratively reweighted least
 * squares; Hastie, Tibshirani & Friedman 2009, 4.4.1), a step halved where it would make the sum larger. The penalty must
 * be above 0 and both labels there: then the minimum exists, also for samples that a plane separates.
 */
export function fitLogistic(data: LabelledRows, penalty: number): Float64Array {
  const positive = data.rows.reduce((sum, row) => sum + data.labels[row]!, 0);
  let coefficients = new Float64Array(data.dimension + 1);
  coefficients[data.dimension] = Math.log(positive / (data.rows.length - positive));
  let current = expand(data, coefficients, penalty);
  for (let count = 0; count < MOST_STEPS; count++) {
    const { step } = current;
    coefficients = coefficients.map((value, i) => value - step[i]!);
    if (step.every((value) => Math.abs(value) < SMALLEST_STEP)) break;
    let next = expand(data, coefficients, penalty);
    // Near the minimum the loss changes by less than it is rounded.
    while (next.loss > current.loss * (1 + 1e-12)) {
      for (let i = 0; i < step.length; i++) {
        step[i]! /= 2;
        coefficients[i]! += step[i]!;
      }
      next = expand(data, coefficients, penalty);
    }
    current = next;
  }
  return coefficients;
}

/** w · row, plus the intercept. */
export function decisionOf(values: Float64Array, row: number, coefficients: Float64Array): number {
  const dimension = coefficients.length - 1;
  let sum = coefficients[dimension]!;
  for (let i = 0, at = row * dimension; i < dimension; i++, at++) sum += values[at]! * coefficients[i]!;
  return sum;
}

/** The loss at these coefficients, and Newton's step H⁻¹ g from them. */
function expand(
  { values, dimension, labels, rows }: LabelledRows,
  coefficients: Float64Array,
  penalty: number,
): { loss: number; step: Float64Array } {
  const size = dimension + 1;
  const hessian = new Float64Array(size * size);
  const gradient = new Float64Array(size);
  let loss = 0;
  for (const row of rows) {
    const decision = decisionOf(values, row, coefficients);
    const label = labels[row]!;
    const small = Math.exp(-Math.abs(decision));
    const probability = (decision > 0 ? 1 : small) / (1 + small);
    loss += Math.max(0, decision) - label * decision + Math.log1p(small);
    const weight = small / (1 + small) ** 2;
    const residual = probability - label;
    const start = row * dimension;
    for (let i = 0; i < dimension; i++) {
      const value = values[start + i]!;
      const weighted = weight * value;
      const at = i * size;
      gradient[i]! += residual * value;
      for (let j = 0; j <= i; j++) hessian[at + j]! += weighted * values[start + j]!;
      hessian[dimension * size + i]! += weighted;
    }
    gradient[dimension]! += residual;
    hessian[size * size - 1]! += weight;
  }
  for (let i = 0; i < dimension; i++) {
    loss += (penalty / 2) * coefficients[i]! ** 2;
    gradient[i]! += penalty * coefficients[i]!;
    hessian[i * size + i]! += penalty;
  }
  choleskyInPlace(hessian, size);
  solveInPlace(hessian, gradient);
  return { loss, step: gradient };
}
