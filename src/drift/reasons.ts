import type { Judgement } from '../config/settings.ts';
import { absentRows, moments, presentRows } from '../profile/numeric.ts';
import { centroidShift } from './centroid-shift.ts';
import { jointComponents } from './joint-components.ts';
import { type Judged, measurements } from './judge.ts';
import type { EmbeddingPart } from './measure-embedding.ts';
import type { Estimate, Measurement, Rows } from './signal.ts';
import {
  FEW_ROWS,
  isEvidence,
  isFew,
  isTextbookSignificant,
  MINOR_EFFECT,
  ownPValue,
  TEXTBOOK_SIGNIFICANCE,
  type Thresholds,
  thresholdsOf,
} from './verdict.ts';
import { instantInWords, numberInWords, pairInWords, percent, pValueInWords, rowsInWords } from './words.ts';

/** A share has to change by this much before a sentence is made of it. */
const NOTABLE_SHARE = 0.02;
/** So has a mean, in standard deviations of the training data, and a standard deviation, relatively. */
const NOTABLE_MEAN = 0.1;
const NOTABLE_DEVIATION = 0.2;
const SHOWN_VALUES = 3;

/** Why a signal got its verdict, in words; the most telling first. Names and values in it come from logs as they are. */
export function reasonsFor(signal: Judged, judgement: Judgement): string[] {
  if (signal.verdict === 'insufficient-data') return [tooFewRows(signal, judgement)];
  const thresholds = thresholdsOf(judgement, signal.column.spec.name);
  const textbook = judgement.policy === 'thresholds';
  const own = ownThresholds(thresholds, textbook);
  if (signal.verdict === 'none') {
    return [textbook ? whyNoneByTextbook(signal) : whyNone(signal, thresholds, judgement), ...own];
  }
  const limits = textbook ? limitsByTextbook(signal, thresholds) : limitsReached(signal, thresholds, judgement);
  const evidence = textbook ? [] : [`${adjusted(signal)} over all signals`];
  return [...vanished(signal), ...limits, ...whatMoved(signal), ...evidence, ...own];
}

function ownThresholds({ psi, distance, isOwn }: Thresholds, textbook: boolean): string[] {
  if (!isOwn) return [];
  return [`its own thresholds: PSI ${psi}${textbook ? '' : `, distance ${distance}`}`];
}

function tooFewRows(signal: Judged, { minSamples }: Judgement): string {
  const { window, baseline } = rowsOf(signal);
  if (window < minSamples) return `the window has ${rowsInWords(window)}; at least ${minSamples} are needed`;
  const half = signal.type === 'numeric' ? '' : ' (half of its rows: the other half chose what is counted)';
  return `the baseline has ${rowsInWords(baseline)} to compare with${half}; at least ${minSamples} are needed`;
}

/** Its rows are those of every measurement of the signal. */
function rowsOf(signal: Judged): Rows {
  const rows = measurements(signal)[0]?.rows ?? { baseline: 0, window: 0 };
  return signal.type === 'embedding' ? { ...rows, baseline: signal.column.profile.rows } : rows;
}

function whyNone(signal: Judged, thresholds: Thresholds, judgement: Judgement): string {
  const found = largest(estimates(signal)).map(({ what, estimate }) => `${what} ${numberInWords(estimate.value)}`);
  if (!isEvidence(signal.adjustedPValue, judgement)) {
    return `no evidence of a change: ${found.join(', ')}, ${adjusted(signal)}`;
  }
  const limit = Math.min(MINOR_EFFECT, thresholds.psi, thresholds.distance);
  const unsure = estimates(signal).filter(({ estimate, few }) => few && (estimate.value ?? 0) >= limit);
  if (unsure.length === 0) return `a real change, but too small to matter: ${found.join(', ')}, ${adjusted(signal)}`;
  const bounds = largest(unsure).map(({ what, estimate }) => `${what} ${withBound(estimate)}`);
  return `a real change, but with fewer than ${FEW_ROWS} rows perhaps too small to matter: ${bounds.join(', ')}`;
}

function adjusted({ adjustedPValue }: Judged): string {
  return `${pValueInWords(adjustedPValue)} after adjustment`;
}

function withBound({ value, lower }: Estimate): string {
  return `${numberInWords(value)}, at least ${numberInWords(lower)}`;
}

interface NamedEstimate {
  readonly what: string;
  readonly estimate: Estimate;
  readonly isPsi: boolean;
  readonly few: boolean;
}

/** Everything that could reach a threshold. */
function estimates(signal: Judged): NamedEstimate[] {
  return measurements(signal).flatMap((measurement, index) => estimatesOf(signal, measurement, index));
}

function estimatesOf(signal: Judged, measurement: Measurement, index: number): NamedEstimate[] {
  const distance = signal.type === 'categorical' ? 'largest change of a share' : 'Kolmogorov-Smirnov distance';
  const of = label(signal, index);
  return [
    { what: `${of}PSI`, estimate: measurement.psi, isPsi: true, few: isFew(measurement.rows) },
    { what: `${of}${distance}`, estimate: measurement.distance, isPsi: false, few: isFew(measurement.distanceRows) },
  ];
}

/** The largest PSI and the largest distance: of an embedding's many, which are of the same kind, no others are told. */
function largest(named: readonly NamedEstimate[]): NamedEstimate[] {
  return [true, false].flatMap((isPsi) => {
    const ofKind = named.filter((one) => one.isPsi === isPsi);
    return ofKind.reduce<NamedEstimate[]>(
      ([best], one) => [(best?.estimate.value ?? -1) >= (one.estimate.value ?? -1) ? (best ?? one) : one],
      [],
    );
  });
}

/** Which of an embedding's measurements it is. */
function label(signal: Judged, index: number): string {
  const part = signal.type === 'embedding' ? signal.measured.parts[index] : undefined;
  return part === undefined ? '' : `${partInWords(part)}: `;
}

/** What an embedding's measurement is of. */
export function partInWords(part: EmbeddingPart): string {
  switch (part.of) {
    case 'cosine':
      return 'cosine to the centroid';
    case 'residual':
      return 'distance from the subspace';
    case 'norm':
      return 'norm';
    case 'component':
      return `component ${part.component}`;
  }
}

/** The measurements of an embedding of which a sentence is made. */
const SHOWN_PARTS = 3;

/** What has reached a threshold, with evidence of its own; of an embedding what has gone furthest beyond. */
function limitsReached(signal: Judged, thresholds: Thresholds, judgement: Judgement): string[] {
  const moved = measurements(signal).flatMap((measurement, index) => {
    if (!isEvidence(ownPValue(measurement, signal.adjustedPValue), judgement)) return [];
    const reached = estimatesOf(signal, measurement, index).flatMap(({ what, estimate, isPsi, few }) => {
      const size = (few ? estimate.lower : estimate.value) ?? 0;
      const threshold = isPsi ? thresholds.psi : thresholds.distance;
      const limit = limitInWords(size, threshold);
      if (limit === undefined) return [];
      const text = `${what} ${few ? withBound(estimate) : numberInWords(estimate.value)} (${limit})`;
      return [{ text, beyond: size / threshold }];
    });
    const beyond = Math.max(0, ...reached.map((one) => one.beyond));
    return reached.length === 0 ? [] : [{ texts: reached.map(({ text }) => text), beyond }];
  });
  if (signal.type === 'embedding') moved.sort((a, b) => b.beyond - a.beyond);
  const shown = [
    ...together(signal, thresholds, judgement),
    ...moved.slice(0, SHOWN_PARTS).flatMap(({ texts }) => texts),
  ];
  const left = moved.length - SHOWN_PARTS;
  return left > 0 ? [...shown, `and ${left} more of its ${measurements(signal).length} measurements`] : shown;
}

/** Of an embedding's components that have moved, where it is their sum that reaches a threshold. */
function together(signal: Judged, thresholds: Thresholds, judgement: Judgement): string[] {
  const joint =
    signal.type === 'embedding' ? jointComponents(signal.measured, signal.adjustedPValue, judgement) : undefined;
  const limit = joint && limitInWords(joint.psi, thresholds.psi);
  if (joint === undefined || limit === undefined) return [];
  return [`${joint.components.length} components together: PSI ${numberInWords(joint.psi)} (${limit})`];
}

function limitInWords(size: number, drift: number): string | undefined {
  if (size >= drift) return `drift from ${drift}`;
  return size >= MINOR_EFFECT ? `minor from ${MINOR_EFFECT}` : undefined;
}

const TEST_NAMES = { 'kolmogorov-smirnov': 'Kolmogorov-Smirnov', 'chi-square': 'χ²' } as const;

function usualTest({ tests: [usual] }: Measurement): string {
  return usual === undefined ? 'no test' : `${TEST_NAMES[usual.name]} ${pValueInWords(usual.pValue)}`;
}

function whyNoneByTextbook(signal: Judged): string {
  const found = measurements(signal)
    .map((measurement, index) => ({ measurement, index }))
    .sort((a, b) => (b.measurement.psi.value ?? 0) - (a.measurement.psi.value ?? 0))
    .slice(0, 1)
    .map(({ measurement, index }) => {
      return `${label(signal, index)}PSI ${numberInWords(measurement.psi.value)}, ${usualTest(measurement)}`;
    });
  return `nothing beyond the thresholds: ${found.join('; ')}`;
}

function limitsByTextbook(signal: Judged, thresholds: Thresholds): string[] {
  return measurements(signal).flatMap((measurement, index) => {
    const psi = measurement.psi.value ?? 0;
    const limit = limitInWords(psi, thresholds.psi);
    return [
      ...(limit === undefined ? [] : [`${label(signal, index)}PSI ${numberInWords(psi)} (${limit})`]),
      ...(isTextbookSignificant(measurement)
        ? [`${label(signal, index)}${usualTest(measurement)} (drift below ${TEXTBOOK_SIGNIFICANCE})`]
        : []),
    ];
  });
}

/** That nothing is left to compare says more than any number. */
function vanished(signal: Judged): string[] {
  const { absent, rows } = absence(signal);
  if (absent.window < rows.window || absent.baseline === rows.baseline) return [];
  const what = signal.type === 'embedding' ? 'no row holds a usable vector' : 'every value is missing';
  return [`${what} (in the training data ${percent(absent.baseline / rows.baseline)} of the rows)`];
}

/** Rows without a usable value. */
function absence(signal: Judged): { absent: Rows; rows: Rows } {
  const rows = rowsOf(signal);
  switch (signal.type) {
    case 'numeric':
      return { rows, absent: { baseline: absentRows(signal.column.profile), window: absentRows(signal.window) } };
    case 'categorical':
      return { rows, absent: { baseline: signal.column.profile.missing, window: signal.window.missing } };
    case 'embedding':
      return {
        rows,
        absent: { baseline: rows.baseline - signal.column.profile.rows, window: rows.window - signal.window.rows },
      };
  }
}

function whatMoved(signal: Judged): string[] {
  const { absent, rows } = absence(signal);
  if (absent.window === rows.window) return [];
  const what = signal.type === 'embedding' ? 'missing or unusable vectors' : 'missing';
  const missing = shareMove(what, absent.baseline / rows.baseline, absent.window / rows.window);
  switch (signal.type) {
    case 'numeric':
      return [...numericMoves(signal), ...missing];
    case 'categorical':
      return [...categoricalMoves(signal), ...missing];
    case 'embedding': {
      const { share } = centroidShift(signal.column.profile, signal.window) ?? { share: undefined };
      const moved = share === undefined ? [] : [`the centroid moved by ${numberInWords(share)} of the spread`];
      return [...moved, ...missing];
    }
  }
}

function numericMoves({ column, window }: Extract<Judged, { type: 'numeric' }>): string[] {
  const present = presentRows(window);
  const outside = window.below + window.above + window.negativeInfinity + window.positiveInfinity;
  const range =
    outside / present >= NOTABLE_SHARE
      ? [`${percent(outside / present)} of the values lie outside of the training data's range`]
      : [];
  const before = moments(column.profile, column.spec);
  const now = moments(window, column.spec);
  if (before === undefined || now === undefined) return range;

  const moves: string[] = [];
  if (Math.abs(now.mean - before.mean) > NOTABLE_MEAN * before.deviation) {
    moves.push(
      column.spec.temporal
        ? `mean ${instantInWords(before.mean)} → ${instantInWords(now.mean)}`
        : `mean ${pairInWords(before.mean, now.mean, before.deviation)}`,
    );
  }
  if (Math.abs(now.deviation - before.deviation) > NOTABLE_DEVIATION * before.deviation) {
    const unit = column.spec.temporal ? ' s' : '';
    moves.push(`standard deviation ${numberInWords(before.deviation)}${unit} → ${numberInWords(now.deviation)}${unit}`);
  }
  return [...moves, ...range];
}

function categoricalMoves({ column, window, measured }: Extract<Judged, { type: 'categorical' }>): string[] {
  const { profile, spec } = column;
  const examples = [...window.examples].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, 3);
  const named = examples.length > 0 ? ` (${examples.map(({ value }) => `'${value}'`).join(', ')})` : '';
  const counts = [
    ...spec.values.map(
      (value, index) => [`'${value}'`, profile.counts[index] ?? 0, window.counts[index] ?? 0] as const,
    ),
    ['rare values', profile.rare, window.rare] as const,
    [`values that the baseline does not know${named}`, profile.unseen, window.unseen] as const,
  ];
  return counts
    .map(([what, before, now]) => ({ what, p: before / measured.rows.baseline, q: now / measured.rows.window }))
    .sort((a, b) => Math.abs(b.q - b.p) - Math.abs(a.q - a.p))
    .slice(0, SHOWN_VALUES)
    .flatMap(({ what, p, q }) => shareMove(what, p, q));
}

function shareMove(what: string, before: number, now: number): string[] {
  return Math.abs(now - before) >= NOTABLE_SHARE ? [`${what}: ${percent(before)} → ${percent(now)}`] : [];
}
