import { numberInWords } from '../drift/words.ts';
import type { Report } from './schema.ts';
import type { Signal, SignalKind, Verdict } from './signals.ts';

const GROUPED = new Intl.NumberFormat('en');

export function count(number: number): string {
  return GROUPED.format(number);
}

export function counted(number: number, word: string, words = `${word}s`): string {
  return `${count(number)} ${number === 1 ? word : words}`;
}

/** As a sentence begins. */
export function capitalized(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** `2025-12-24 12:00`, UTC. */
export function instant(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

/** As a table shows it, under a heading that says that it is p. */
export function pValue(p: number | null): string {
  if (p === null) return '–';
  return p < 0.0001 ? '< 0.0001' : numberInWords(p);
}

export function scoreInWords(score: number): string {
  return `${(score * 100).toFixed(1)} %`;
}

/** Of a report; `–` where nothing was judged, which 0 % would hide. */
export function scoreOf({ status, driftScore }: Pick<Report, 'status' | 'driftScore'>): string {
  return isJudged(status) ? scoreInWords(driftScore) : '–';
}

export function isJudged(status: Report['status']): boolean {
  return status === 'drift' || status === 'no-drift';
}

/** Why a report has no verdict; undefined where it has one. */
export function whyNotJudged({ status, rows, model, settings }: Report): string | undefined {
  const least = `at least ${count(settings.minSamples)} are needed (minSamples)`;
  if (status === 'no-data') return `Nothing was judged: the window has no rows of ${model.name} ${model.version}.`;
  if (status !== 'insufficient-data') return undefined;
  return rows < settings.minSamples
    ? `Nothing was judged: the window has ${counted(rows, 'row')}; ${least}.`
    : `Nothing was judged: there are rows enough, but of no signal as many as can be compared, in the window or in the baseline; ${least}.`;
}

export const VERDICT: Readonly<Record<Verdict, string>> = {
  drift: 'drift',
  minor: 'minor',
  none: 'unremarkable',
  'insufficient-data': 'too few rows',
};

export const STATUS: Readonly<Record<Report['status'], string>> = {
  drift: 'Drift',
  'no-drift': 'No drift',
  'insufficient-data': 'Too few rows',
  'no-data': 'No data',
};

const KINDS: Readonly<Record<SignalKind, readonly [one: string, many: string]>> = {
  feature: ['feature', 'features'],
  output: ['output', 'outputs'],
  embedding: ['embedding', 'embeddings'],
};

/** How many of each kind: `3 of 50 features`, `the embedding`. */
export function someOfAll(some: readonly Signal[], all: readonly Signal[]): string[] {
  return (Object.keys(KINDS) as SignalKind[]).flatMap((kind) => {
    const of = (signals: readonly Signal[]) => signals.filter((signal) => signal.kind === kind).length;
    if (of(some) === 0) return [];
    const [one, many] = KINDS[kind];
    return of(all) === 1 ? [`the ${one}`] : [`${count(of(some))} of ${counted(of(all), one, many)}`];
  });
}
