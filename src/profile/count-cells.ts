/**
 * A grid's edges with a table of slots that says where among them to look: slots of equal width over most of the values, or,
 * for values of very different magnitude, slots by the upper half of a double's bits.
 */
export interface CellTable {
  readonly edges: Float64Array;
  /** For each slot the first cell that can hold its values; one more entry than slots. */
  readonly table: Uint16Array;
  /** Slots of equal width begin at `origin`, `scale` of them a unit; a scale of 0 means slots by bits. */
  readonly origin: number;
  readonly scale: number;
  /** By bits: ordered key (signed) of the smallest value, and how much its differences are shifted. */
  readonly lowestKey: number;
  readonly shift: number;
  /** Slots hold so many edges that searching among them beats stepping. */
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
  { edges, table, origin, scale, lowestKey, shift, crowded }: CellTable,
  counts: Float64Array,
  moments: Moments,
  centre: number,
  outside: Uint32Array,
): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * rows);
  const lowest = edges[0]!;
  const highest = edges[edges.length - 1]!;
  const lastSlot = table.length - 2;
  const linear = scale > 0;
  let { sum, squares, min, max } = moments;
  let outsiders = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row]!;
    if (value >= lowest && value <= highest) {
      let slot = 0;
      if (linear) {
        const position = (value - origin) * scale;
        slot = position > 0 ? (position < lastSlot ? position | 0 : lastSlot) : 0;
      } else {
        const high = bits[2 * row + 1]!;
        slot = ((high ^ ((high >> 31) | -0x80000000)) - lowestKey) >>> shift;
      }
      let cell = table[slot]!;
      if (crowded) {
        let last = table[slot + 1]!;
        while (cell < last) {
          const middle = (cell + last) >>> 1;
          if (edges[middle]! < value) cell = middle + 1;
          else last = middle;
        }
      } else {
        // Mostly none or one, and nobody can predict which: the first step is no branch.
        cell += Number(edges[cell]! < value);
        while (edges[cell]! < value) cell++;
      }
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
