import { alertConditions, type WindowFacts } from '../alerting/rules.ts';
import type { Baseline, Role } from '../baseline/baseline.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import type { Judgement } from '../config/settings.ts';
import { centroidShift } from '../drift/centroid-shift.ts';
import type { EmbeddingDetails } from '../drift/embedding-details.ts';
import type { Finding } from '../drift/findings.ts';
import { driftedComponents, type Judged, type Judgements, measurements } from '../drift/judge.ts';
import type { EmbeddingPart } from '../drift/measure-embedding.ts';
import { shareMeasures, valueMeasures } from '../drift/measures.ts';
import { reasonsFor } from '../drift/reasons.ts';
import { finite, type Measurement } from '../drift/signal.ts';
import { thresholdsOf } from '../drift/verdict.ts';
import type { Window } from '../inference-log/partitions.ts';
import { absentRows, moments, type NumericProfile, type NumericSpec, presentRows } from '../profile/numeric.ts';
import type { WindowProfile } from '../profile/read-windows.ts';
import { HOUR_MS } from '../storage/hour.ts';
import { categoricalHistogram, numericHistogram } from './histograms.ts';
import { REPORT_FORMAT, type Report } from './schema.ts';

export interface ReportInput {
  readonly baseline: Baseline;
  readonly window: Window;
  readonly read: WindowProfile;
  readonly judgements: Judgements;
  readonly judgement: Judgement;
  readonly alerts: AlertSettings;
  readonly facts: WindowFacts;
  readonly findings: readonly Finding[];
  readonly run: Report['run'];
  /** What the samples of embeddings say, by column. */
  readonly details?: ReadonlyMap<string, EmbeddingDetails>;
}

/** The report of a window. Without `run`, the same inputs give the same bytes. */
export function buildReport(input: ReportInput): Report {
  const { baseline, window, read, judgements, judgement } = input;
  const ofRole = (roles: readonly Role[]) =>
    judgements.signals.filter((signal) => signal.type !== 'embedding' && roles.includes(signal.column.role));
  return {
    format: REPORT_FORMAT,
    status: judgements.status,
    driftDetected: judgements.driftDetected,
    driftScore: judgements.driftScore,
    rows: read.profile.rows,
    model: { ...baseline.model },
    baseline: { id: baseline.id, rows: baseline.rows },
    window: {
      from: new Date(window.from).toISOString(),
      to: new Date(window.to).toISOString(),
      hours: Math.round((window.to - window.from) / HOUR_MS),
    },
    features: ofRole(['feature']).flatMap((signal) => signalEntry(signal, judgement) ?? []),
    outputs: ofRole(['prediction', 'confidence']).flatMap((signal) => {
      const entry = signalEntry(signal, judgement);
      const role = signal.column.role === 'prediction' ? ('prediction' as const) : ('confidence' as const);
      return entry === undefined ? [] : [{ ...entry, role }];
    }),
    embeddings: judgements.signals.flatMap((signal) =>
      signal.type === 'embedding'
        ? [embeddingEntry(signal, judgement, input.details?.get(signal.column.spec.name))]
        : [],
    ),
    findings: input.findings.map((finding) => ({ ...finding })),
    alerts: alertConditions(baseline.model, judgements, judgement, input.alerts, input.facts),
    inputs: {
      files: read.files,
      rows: read.profile.rows,
      bytes: read.bytes,
      skipped: read.skipped.map((file) => ({ ...file })),
    },
    settings: usedSettings(judgement),
    run: input.run,
  };
}

function usedSettings({ columns: _, importance, ...settings }: Judgement): Report['settings'] {
  return Object.keys(importance).length === 0 ? settings : { ...settings, importance };
}

function ownThresholds({ column }: Judged, judgement: Judgement): Pick<Report['features'][number], 'thresholds'> {
  const thresholds = thresholdsOf(judgement, column.spec.name);
  return thresholds.isOwn ? { thresholds: { psi: thresholds.psi, distance: thresholds.distance } } : {};
}

function signalEntry(signal: Judged, judgement: Judgement): Report['features'][number] | undefined {
  const { verdict } = signal;
  const reasons = reasonsFor(signal, judgement);
  const thresholds = ownThresholds(signal, judgement);
  switch (signal.type) {
    case 'numeric': {
      const { column, window, measured } = signal;
      return {
        name: column.spec.name,
        type: 'numeric',
        ...(column.spec.temporal && { temporal: true }),
        verdict,
        reasons,
        ...thresholds,
        rows: measured.rows,
        psi: measured.psi,
        ks: ksEntry(measured, signal),
        chiSquare: chiSquareEntry(measured, signal),
        measures: { ...shareMeasures(measured.binned), ...valueMeasures(column.profile, window) },
        missing: { baseline: missingShare(column.profile), window: missingShare(window) },
        baseline: momentsEntry(column.profile, column.spec),
        window: momentsEntry(window, column.spec),
        histogram: numericHistogram(column.spec, column.profile, window),
      };
    }
    case 'categorical': {
      const { column, window, measured } = signal;
      const { rows } = measured;
      return {
        name: column.spec.name,
        type: 'categorical',
        verdict,
        reasons,
        ...thresholds,
        rows,
        psi: measured.psi,
        chiSquare: chiSquareEntry(measured, signal),
        shareChange: measured.distance,
        measures: shareMeasures(measured.binned),
        missing: {
          baseline: finite(column.profile.missing / rows.baseline),
          window: finite(window.missing / rows.window),
        },
        histogram: categoricalHistogram(column.spec, column.profile, window),
      };
    }
    case 'embedding':
      return undefined;
  }
}

type JudgedEmbedding = Extract<Judged, { type: 'embedding' }>;

function embeddingEntry(
  signal: JudgedEmbedding,
  judgement: Judgement,
  details: EmbeddingDetails | undefined,
): Report['embeddings'][number] {
  const { column, window, measured, verdict, adjustedPValue } = signal;
  const { spec, profile } = column;
  const drifted = driftedComponents(signal, judgement);
  const shift = centroidShift(profile, window);
  const measureOf = (of: EmbeddingPart['of']) => {
    const part = measured.parts.find((one) => one.of === of);
    return part && { ...partEntry(part, signal), histogram: histogramOf(part) };
  };
  const [first] = measured.parts;
  const cosine = measureOf('cosine');
  if (first === undefined || cosine === undefined) throw new Error(`embedding '${spec.name}' was not measured`);
  return {
    name: spec.name,
    dimension: spec.dimension,
    verdict,
    reasons: reasonsFor(signal, judgement),
    ...ownThresholds(signal, judgement),
    rows: first.measured.rows,
    measures: {
      centroidCosineDistance: finite(shift?.cosineDistance ?? Number.NaN),
      adjustedPValue: finite(adjustedPValue),
      cosineToCentroid: cosine,
      norm: measureOf('norm') ?? null,
      residual: measureOf('residual'),
    },
    shift: shift && {
      inSpreads: finite(shift.share),
      outside: shift.outside,
      explainedVariance: finite(spec.variances.reduce((sum, variance) => sum + variance, 0) / spec.totalVariance),
    },
    components: measured.parts.flatMap((part) => {
      if (part.of !== 'component') return [];
      const moved = drifted.includes(part.component - 1);
      return [
        {
          component: part.component,
          explainedVariance: finite((spec.variances[part.component - 1] ?? Number.NaN) / spec.totalVariance),
          moved,
          shareOfShift: finite(shift?.along[part.component - 1] ?? Number.NaN),
          ...partEntry(part, signal),
          ...(details?.components[part.component - 1] ?? {}),
          ...(moved ? { histogram: histogramOf(part) } : {}),
        },
      ];
    }),
    ...(details === undefined ? {} : { statistics: [...details.statistics], examples: details.examples }),
  };
}

function partEntry({ measured }: EmbeddingPart, signal: Judged) {
  return { psi: measured.psi, ks: ksEntry(measured, signal) };
}

function histogramOf({ spec, baseline, window }: EmbeddingPart) {
  return numericHistogram(spec, baseline, window);
}

/**
 * A test's p-value, adjusted like the smallest of its signal's, which is what the verdict was made with: at least the p-value
 * itself. Null where either is unknown.
 */
function adjustedTest(pValue: number | null, signal: Judged): number | null {
  const known = measurements(signal).flatMap(({ tests }) => tests.flatMap((test) => test.pValue ?? []));
  const smallest = Math.min(...known);
  if (pValue === null || Number.isNaN(signal.adjustedPValue)) return null;
  if (smallest === 0) return Math.max(pValue, signal.adjustedPValue);
  return Math.min(1, pValue * (signal.adjustedPValue / smallest));
}

function ksEntry({ tests, distance }: Measurement, signal: Judged) {
  const test = tests.find(({ name }) => name === 'kolmogorov-smirnov');
  return {
    statistic: test?.statistic ?? null,
    pValue: test?.pValue ?? null,
    adjustedPValue: adjustedTest(test?.pValue ?? null, signal),
    lower: distance.lower,
    upper: distance.upper,
  };
}

function chiSquareEntry({ tests }: Measurement, signal: Judged) {
  const test = tests.find(({ name }) => name === 'chi-square');
  return {
    statistic: test?.statistic ?? null,
    pValue: test?.pValue ?? null,
    adjustedPValue: adjustedTest(test?.pValue ?? null, signal),
  };
}

function missingShare(profile: NumericProfile): number | null {
  const absent = absentRows(profile);
  return finite(absent / (presentRows(profile) + absent));
}

function momentsEntry(profile: NumericProfile, spec: NumericSpec) {
  const found = moments(profile, spec);
  return {
    mean: finite(found?.mean ?? Number.NaN),
    standardDeviation: finite(found?.deviation ?? Number.NaN),
    min: profile.min ?? null,
    max: profile.max ?? null,
  };
}
