import { numberInWords, percent } from '../../drift/words.ts';
import { printable } from '../../printable.ts';
import type { Interval, Signal, SignalKind, Verdict } from '../signals.ts';
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

const GROUPED = new Intl.NumberFormat('en');

export function count(number: number): string {
  return GROUPED.format(number);
}

export function counted(number: number, word: string, words = `${word}s`): string {
  return `${count(number)} ${number === 1 ? word : words}`;
}

/** `2025-12-24 12:00`, UTC. */
export function instant(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${UNITS[power]}`;
}

export function share(value: number | null): string {
  return value === null ? 'unknown' : percent(value);
}

/** `0.12 – 0.31`; undefined where it is not known. */
export function intervalInWords({ lower, upper }: Interval): string | undefined {
  return lower === null || upper === null ? undefined : `${numberInWords(lower)} – ${numberInWords(upper)}`;
}

/** As a table shows it, under a heading that says that it is p. */
export function pValue(p: number | null): string {
  if (p === null) return '–';
  return p < 0.0001 ? '< 0.0001' : numberInWords(p);
}

export const DISTANCE_NAMES = { numeric: 'Distance D', categorical: 'Largest change of a share' } as const;

/** The verdict as word, shape and colour. */
export function verdictTag(verdict: Verdict): Html {
  switch (verdict) {
    case 'drift':
      return html`<span class="tag drift">▲ drift</span>`;
    case 'minor':
      return html`<span class="tag minor">△ minor</span>`;
    case 'none':
      return html`<span class="tag none">✓ unremarkable</span>`;
    case 'insufficient-data':
      return html`<span class="tag unsure">? too few rows</span>`;
  }
}

const KINDS: Readonly<Record<SignalKind, readonly [string, string]>> = {
  feature: ['feature', 'features'],
  output: ['output', 'outputs'],
  embedding: ['embedding', 'embeddings'],
};

/** `3 of 50 features`. */
export function someOf(some: readonly Signal[], all: readonly Signal[], kind: SignalKind): string | undefined {
  const of = (signals: readonly Signal[]) => signals.filter((signal) => signal.kind === kind).length;
  if (of(some) === 0) return undefined;
  const [one, many] = KINDS[kind];
  return of(all) === 1 ? `the ${one}` : `${count(of(some))} of ${counted(of(all), one, many)}`;
}
