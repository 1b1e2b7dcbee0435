/** Numbers as reasons and tables show them. Rounding happens here and never in a computation. */

/** Three significant digits, and all before the point: `0.0123`, `45.6`, `12346`, `1.23e+9`. */
export function numberInWords(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'unknown';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) return value.toExponential(2);
  return String(magnitude >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** A number among others that lie `gap` apart, with as many digits as that takes, and all before the point: `100000.7`. */
export function numberWithin(value: number, gap: number): string {
  const magnitude = Math.abs(value);
  const digits = Math.ceil(Math.log10(magnitude / gap)) + 1;
  if (!(digits > 3 && gap > 0)) return numberInWords(value);
  const beforePoint = Math.floor(Math.log10(magnitude)) + 1;
  // More than a double has would be none of the number's.
  return String(Number(value.toPrecision(Math.min(15, Math.max(digits, beforePoint)))));
}

/** `before → now` with the digits in which they differ, as long as that is by more than a tenth of `spread`. */
export function pairInWords(before: number | null, now: number | null, spread: number | null): string {
  if (before === null || now === null) return `${numberInWords(before)} → ${numberInWords(now)}`;
  const gap = Math.max(Math.abs(now - before), (spread ?? 0) / 10);
  return `${numberWithin(before, gap)} → ${numberWithin(now, gap)}`;
}

export function percent(share: number): string {
  const points = share * 100;
  if (points > 0 && points < 0.1) return '< 0.1 %';
  return `${points.toFixed(1)} %`;
}

export function pValueInWords(p: number | null): string {
  if (p === null) return 'p unknown';
  return p < 0.0001 ? 'p < 0.0001' : `p = ${numberInWords(p)}`;
}

export function instantInWords(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  return Number.isNaN(date.getTime()) ? numberInWords(epochSeconds) : date.toISOString();
}

export function rowsInWords(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`;
}
