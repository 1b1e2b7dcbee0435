/** Numbers as reasons and tables show them. Rounding happens here and never in a computation. */

/** Three significant digits: `0.0123`, `45.6`, `1.23e+9`. */
export function numberInWords(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'unknown';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
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
