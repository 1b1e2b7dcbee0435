/** Neighbours that belong together: positions `[from, to)`. */
export type Span = readonly [from: number, to: number];

/**
 * Parts of a sequence, none of which holds more than `most` unless it is a single element: as few as they can be, and of these
 * the ones whose largest is smallest. Always the same for the same sizes.
 */
export function balanced(sizes: readonly number[], most: number): Span[] {
  const fewest = filled(sizes, most).length;
  // What is larger than `most` stands alone, whatever the others share.
  let low = sizes.reduce((largest, size) => (size <= most ? Math.max(largest, size) : largest), 0);
  let high = Math.max(low, most);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (filled(sizes, middle).length <= fewest) high = middle;
    else low = middle + 1;
  }
  return filled(sizes, high);
}

function filled(sizes: readonly number[], most: number): Span[] {
  const spans: Span[] = [];
  let from = 0;
  let sum = 0;
  for (const [index, size] of sizes.entries()) {
    if (index > from && sum + size > most) {
      spans.push([from, index]);
      from = index;
      sum = 0;
    }
    sum += size;
  }
  if (sizes.length > 0) spans.push([from, sizes.length]);
  return spans;
}
