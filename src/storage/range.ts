/** @throws RangeError unless `[start, end)` is a range of at least one byte */
export function assertRange(start: number, end: number): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end <= start) {
    throw new RangeError(`[${start}, ${end}) is no range of bytes`);
  }
}
