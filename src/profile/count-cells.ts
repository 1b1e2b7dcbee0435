/** A grid's edges with a table from the upper half of a double's bits to where among them to look. */
export interface CellTable {
  readonly edges: Float64Array;
  /** For each slot the first cell whose edge can hold its values; one more entry than slots. */
  readonly table: Uint16Array;
  /** Ordered key (signed) of the smallest value that the table knows. */
  readonly lowestKey: number;
  readonly shift: number;
  /** Some slots hold so many edges that a step at a time would take long. */
  readonly crowded: boolean;
}

/** What `countCells` adds to, beside the counts. */
export interface Moments {
  sum: number;
  squares: number;
  min: number;
  max: number;
}

/**
 * Counts `rows` values into cells and takes their moments about `centre`, in row order. Writes the positions of values that
 * lie outside of the edges, or are no numbers, to `outside` and returns how many there are; they are in no cell, and in the
 * moments if they are finite. This loop sees every value of every log: nothing in it may allocate or call.
 */
export function countCells(
  values: Float64Array,
  rows: number,
  { edges, table, lowestKey, shift, crowded }: CellTable,
  counts: Float64Array,
  moments: Moments,
  centre: number,
  outside: Uint32Array,
): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * rows);
  const lowest = edges[0]!;
  const highest = edges[edges.length - 1]!;
  let { sum, squares, min, max } = moments;
  let outsiders = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row]!;
    if (value >= lowest && value <= highest) {
      const high = bits[2 * row + 1]!;
      const slot = ((high ^ ((high >> 31) | -0x80000000)) - lowestKey) >>> shift;
      let cell = table[slot]!;
      if (crowded) {
        let last = table[slot + 1]!;
        while (cell < last) {
          const middle = (cell + last) >>> 1;
          if (edges[middle]! < value) cell = middle + 1;
          else last = middle;
        }
      } else while (edges[cell]! < value) cell++;
      counts[cell]!++;
    } else {
      outside[outsiders++] = row;
      if (!(Math.abs(value) < Number.POSITIVE_INFINITY)) continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    const deviation = value - centre;
    sum += deviation;
    squares += deviation * deviation;
  }
  moments.sum = sum;
  moments.squares = squares;
  moments.min = min;
  moments.max = max;
  return outsiders;
}
