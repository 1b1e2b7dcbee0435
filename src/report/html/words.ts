import { numberInWords, percent } from '../../drift/words.ts';
import { printable } from '../../printable.ts';
import type { Interval, Verdict } from '../signals.ts';
import { VERDICT } from '../words.ts';
import { type Html, html } from './markup.ts';

/** A name from a log. Its letters may run from right to left, the sentence around it does not. */
export function named(name: string): Html {
  return html`<bdi>${printable(name, 120)}</bdi>`;
}

/** Names as a sentence lists them: `a, b and c`. */
export function listed(parts: readonly Html[]): Html {
  const [last, ...others] = [...parts].reverse();
  if (last === undefined || others.length === 0) return html`${last}`;
  return html`${others.reverse().map((part, index) => html`${index > 0 ? ', ' : ''}${part}`)} and ${last}`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${UNITS[power]}`;
}

export function share(value: number | null): string {
  return value === null ? 'unknown' : percent(value);
}

/** `0.12 – 0.31`; undefined where it is not known. Where the value itself lies outside, it says why. */
export function intervalInWords({ value, lower, upper }: Interval): string | undefined {
  if (lower === null || upper === null) return undefined;
  const range = `${numberInWords(lower)} – ${numberInWords(upper)}`;
  return value !== null && (value < lower || value > upper) ? `${range}, corrected for chance` : range;
}

/** The verdict as word, shape and colour. */
export function verdictTag(verdict: Verdict): Html {
  switch (verdict) {
    case 'drift':
      return html`<span class="tag drift">▲ ${VERDICT.drift}</span>`;
    case 'minor':
      return html`<span class="tag minor">△ ${VERDICT.minor}</span>`;
    case 'none':
      return html`<span class="tag none">✓ ${VERDICT.none}</span>`;
    case 'insufficient-data':
      return html`<span class="tag unsure">? ${VERDICT['insufficient-data']}</span>`;
  }
}
