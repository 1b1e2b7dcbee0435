import { requireSameCells, totalCount } from './counts.ts';

/** The expected count from which the χ² approximation is taken to hold (Cochran 1954). */
const LEAST_EXPECTED_COUNT = 5;

/** Rows of both samples in one cell. */
export interface Cell {
  readonly reference: number;
  readonly current: number;
}

/**
 * The 2 × k table of two samples with enough rows in every cell for a χ² distribution. All cells whose expected count in
 * the smaller sample's row is below 5 are joined into one; while that one is still below 5, the next smallest cell (by rows
 * of both samples, the earlier of equals) joins it. Which cells are joined depends only on the rows of both samples
 * together, so a test of the table keeps its level. Cells without rows vanish; cells are taken as unordered.
 *
 * Undefined where either side has no rows or a count is negative or not finite.
 */
export function joinedCells(reference: ArrayLike<number>, current: ArrayLike<number>): Cell[] | undefined {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return undefined;

  const least = (LEAST_EXPECTED_COUNT * (n + m)) / Math.min(n, m);
  const cells: Cell[] = [];
  let joined = { reference: 0, current: 0 };
  for (let i = 0; i < reference.length; i++) {
    const cell = { reference: reference[i]!, current: current[i]! };
    if (rowsOf(cell) >= least) cells.push(cell);
    else joined = sum(joined, cell);
  }
  if (rowsOf(joined) > 0) {
    cells.sort((a, b) => rowsOf(a) - rowsOf(b));
    let next = 0;
    while (rowsOf(joined) < least && next < cells.length) joined = sum(joined, cells[next++]!);
    cells.splice(0, next, joined);
  }
  return cells;
}

export function rowsOf(cell: Cell): number {
  return cell.reference + cell.current;
}

function sum(a: Cell, b: Cell): Cell {
  return { reference: a.reference + b.reference, current: a.current + b.current };
}
