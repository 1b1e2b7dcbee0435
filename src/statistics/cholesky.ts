/**
 * Replaces the lower triangle of a symmetric positive semidefinite matrix of `size` rows by a Cholesky factor L, with LLᵀ
 * the matrix. The upper triangle is not looked at. A pivot that is nothing but rounding (1e-15 of the largest diagonal
 * element a row) stands for 0, and so does its column: then L is singular like the matrix.
 */
export function choleskyInPlace(matrix: Float64Array, size: number): void {
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, matrix[i * size + i]!);
  const rounding = 1e-15 * size * largest;
  for (let j = 0; j < size; j++) {
    let pivot = matrix[j * size + j]!;
    for (let k = 0; k < j; k++) pivot -= matrix[j * size + k]! ** 2;
    const root = pivot > rounding ? Math.sqrt(pivot) : 0;
    matrix[j * size + j] = root;
    for (let i = j + 1; i < size; i++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!;
      matrix[i * size + j] = root > 0 ? sum / root : 0;
    }
  }
}

/** Replaces b by the solution of LLᵀ x = b; L must not be singular. */
export function solveInPlace(factor: Float64Array, b: Float64Array): void {
  const size = b.length;
  for (let i = 0; i < size; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * size + k]! * b[k]!;
    b[i] = sum / factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < size; k++) sum -= factor[k * size + i]! * b[k]!;
    b[i] = sum / factor[i * size + i]!;
  }
}
