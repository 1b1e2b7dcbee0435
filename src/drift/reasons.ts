import type { Judgement } from '../config/settings.ts';
import { absentRows, moments, presentRows } from '../profile/numeric.ts';
import { type Judged, measurements } from './judge.ts';
import type { Measurement } from './signal.ts';
import { effectOf, FEW_ROWS, isEvidence, MINOR_EFFECT, type Thresholds, thresholdsOf } from './verdict.ts';
import { instantInWords, numberInWords, percent, pValueInWords } from './words.ts';

/** A share has to change by this much before a sentence is made of it. */
const NOTABLE_SHARE = 0.02;

/** Why a signal got its verdict, in words; the most telling first. Names and values in it come from logs as they are. */
export function reasonsFor(signal: Judged, judgement: Judgement): string[] {
  if (signal.verdict === 'insufficient-data') return [tooFewRows(signal, judgement)];
  const thresholds = thresholdsOf(judgement, signal.column.spec.name);
  if (signal.verdict === 'none') return [whyNone(signal, thresholds, judgement)];
  return [...effects(signal, thresholds), ...whatMoved(signal), evidence(signal)];
}

function tooFewRows(signal: Judged, judgement: Judgement): string {
  const { rows } = measurements(signal)[0] ?? { rows: { baseline: 0, window: 0 } };
  const side = rows.window < judgement.minSamples ? 'window' : 'baseline';
  return `the ${side} has ${rows[side]} rows; at least ${judgement.minSamples} are needed`;
}

function whyNone(signal: Judged, thresholds: Thresholds, judgement: Judgement): string {
  const largest = measurements(signal)
    .map((measurement) => sizes(measurement))
    .join('; ');
  if (!isEvidence(signal.adjustedPValue, judgement)) {
    return `no evidence of a change: ${largest}, ${pValueInWords(signal.adjustedPValue)} after adjustment`;
  }
  const small = measurements(signal).every(({ rows }) => Math.min(rows.baseline, rows.window) >= FEW_ROWS);
  const unsure = measurements(signal).some((m) => effectOf(m, thresholds, 'thresholds') !== 'none');
  if (!small && unsure)
    return `a change that so few rows cannot size: ${largest}, below ${MINOR_EFFECT} at its lower bound`;
  return `a real change that is too small to matter: ${largest}`;
}

function sizes({ psi, distance }: Measurement): string {
  return `PSI ${numberInWords(psi.value)}, distance ${numberInWords(distance.value)}`;
}

function effects(signal: Judged, thresholds: Thresholds): string[] {
  const label = (index: number) => {
    if (signal.type !== 'embedding') return '';
    return index === 0 ? 'cosine to the centroid: ' : 'norm: ';
  };
  const distanceName = signal.type === 'categorical' ? 'largest change of a share' : 'Kolmogorov-Smirnov distance';
  return measurements(signal).flatMap(({ psi, distance }, index) => {
    const found: string[] = [];
    const psiLimit = limitReached(psi.value, thresholds.psi);
    if (psiLimit !== undefined) found.push(`${label(index)}PSI ${numberInWords(psi.value)} (${psiLimit})`);
    const distanceLimit = limitReached(distance.value, thresholds.distance);
    if (distanceLimit !== undefined) {
      found.push(`${label(index)}${distanceName} ${numberInWords(distance.value)} (${distanceLimit})`);
    }
    return found;
  });
}

function limitReached(value: number | null, drift: number): string | undefined {
  if (value === null) return undefined;
  if (value >= drift) return `drift from ${drift}`;
  return value >= MINOR_EFFECT ? `minor from ${MINOR_EFFECT}` : undefined;
}

function whatMoved(signal: Judged): string[] {
  switch (signal.type) {
    case 'numeric':
      return numericMoves(signal);
    case 'categorical':
      return categoricalMoves(signal);
    case 'embedding': {
      const { centroidDistance } = signal.measured;
      const unusable = shareMove(
        'unusable or missing vectors',
        vectorsAbsent(signal.column.profile),
        vectorsAbsent(signal.window),
      );
      const distance =
        centroidDistance === null ? [] : [`cosine distance of the centroids ${numberInWords(centroidDistance)}`];
      return [...distance, ...unusable];
    }
  }
}

function vectorsAbsent(profile: { rows: number; missing: number; unusable: number }): number {
  const absent = profile.missing + profile.unusable;
  return absent / Math.max(1, profile.rows + absent);
}

function numericMoves({ column, window }: Extract<Judged, { type: 'numeric' }>): string[] {
  const inWords = column.spec.temporal ? instantInWords : numberInWords;
  const before = moments(column.profile, column.spec);
  const now = moments(window, column.spec);
  const mean =
    before !== undefined && now !== undefined && inWords(before.mean) !== inWords(now.mean)
      ? [`mean ${inWords(before.mean)} → ${inWords(now.mean)}`]
      : [];
  const present = presentRows(window);
  const outside = window.below + window.above + window.negativeInfinity + window.positiveInfinity;
  const range =
    present > 0 && outside / present >= NOTABLE_SHARE
      ? [`${percent(outside / present)} of the values lie outside of the training data's range`]
      : [];
  return [...mean, ...range, ...shareMove('missing', absentShare(column.profile), absentShare(window))];
}

function absentShare(profile: Parameters<typeof presentRows>[0]): number {
  const absent = absentRows(profile);
  return absent / Math.max(1, presentRows(profile) + absent);
}

function categoricalMoves({ column, window }: Extract<Judged, { type: 'categorical' }>): string[] {
  const total = (profile: typeof window) =>
    Math.max(1, profile.counts.reduce((a, b) => a + b, 0) + profile.rare + profile.unseen + profile.missing);
  const before = total(column.profile);
  const now = total(window);
  const moves = column.spec.values
    .map((value, index) => ({
      value,
      p: (column.profile.counts[index] ?? 0) / before,
      q: (window.counts[index] ?? 0) / now,
    }))
    .sort((a, b) => Math.abs(b.q - b.p) - Math.abs(a.q - a.p))
    .slice(0, 2)
    .flatMap(({ value, p, q }) => shareMove(`'${value}'`, p, q));
  const examples = [...window.examples].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, 3);
  const named = examples.length > 0 ? ` (${examples.map(({ value }) => `'${value}'`).join(', ')})` : '';
  return [
    ...moves,
    ...shareMove(`values that the baseline does not know${named}`, column.profile.unseen / before, window.unseen / now),
    ...shareMove('missing', column.profile.missing / before, window.missing / now),
  ];
}

function shareMove(what: string, before: number, now: number): string[] {
  return Math.abs(now - before) >= NOTABLE_SHARE ? [`${what}: ${percent(before)} → ${percent(now)}`] : [];
}

function evidence({ adjustedPValue }: Judged): string {
  return `${pValueInWords(adjustedPValue)} after adjustment over all signals`;
}
