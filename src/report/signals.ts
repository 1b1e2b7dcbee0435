import type { Report } from './schema.ts';

export type Feature = Report['features'][number];
export type Output = Report['outputs'][number];
export type Embedding = Report['embeddings'][number];
export type Verdict = Feature['verdict'];
export type SignalKind = 'feature' | 'output' | 'embedding';

export interface Interval {
  readonly value: number | null;
  /** Of the 95 % interval. */
  readonly lower: number | null;
  readonly upper: number | null;
}

/** What every signal of a report has, whatever its kind. */
export interface Figures {
  readonly name: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly rows: Feature['rows'];
  /** Where they are not those of the report's settings. */
  readonly thresholds: Feature['thresholds'];
  readonly psi: Interval;
  /** Kolmogorov-Smirnov distance, for categories the largest change of a share. */
  readonly distance: Interval;
  /** The smallest of its tests'; null where none is known. */
  readonly adjustedPValue: number | null;
}

export type Signal = Figures &
  (
    | { readonly kind: 'feature'; readonly entry: Feature }
    | { readonly kind: 'output'; readonly entry: Output }
    | { readonly kind: 'embedding'; readonly entry: Embedding }
  );

/** Features, outputs and embeddings, in the order of the report. */
export function signalsOf({ features, outputs, embeddings }: Report): Signal[] {
  return [
    ...features.map((entry) => ({ kind: 'feature' as const, entry, ...columnFigures(entry) })),
    ...outputs.map((entry) => ({ kind: 'output' as const, entry, ...columnFigures(entry) })),
    ...embeddings.map((entry) => ({ kind: 'embedding' as const, entry, ...embeddingFigures(entry) })),
  ];
}

export function columnFigures(entry: Feature | Output): Figures {
  const { name, verdict, reasons, thresholds, rows, psi } = entry;
  const tests = [entry.chiSquare, ...(entry.type === 'numeric' ? [entry.ks] : [])];
  const known = tests.flatMap(({ adjustedPValue }) => adjustedPValue ?? []);
  const distance = entry.type === 'numeric' ? distanceOf(entry.ks) : entry.shareChange;
  return {
    name,
    verdict,
    reasons,
    thresholds,
    rows,
    psi,
    distance,
    adjustedPValue: known.length === 0 ? null : Math.min(...known),
  };
}

/** What an embedding is judged by: cosine, norm, residual and its components, those that are there. */
export function embeddingParts({ measures, components = [] }: Embedding): readonly EmbeddingPart[] {
  const { cosineToCentroid, norm, residual } = measures;
  return [cosineToCentroid, norm, residual, ...components].filter((part) => part != null);
}

type EmbeddingPart = Pick<Embedding['measures']['cosineToCentroid'], 'psi' | 'ks'> & {
  readonly histogram?: Embedding['measures']['cosineToCentroid']['histogram'] | undefined;
};

/** The gravest of its measurements stands for an embedding. */
function embeddingFigures(entry: Embedding): Figures {
  const { name, verdict, reasons, thresholds, rows, measures } = entry;
  const parts = embeddingParts(entry);
  const gravest = (of: (part: EmbeddingPart) => Interval) =>
    parts.map(of).reduce((most, one) => ((one.value ?? 0) > (most.value ?? 0) ? one : most));
  return {
    name,
    verdict,
    reasons,
    thresholds,
    rows,
    psi: gravest(({ psi }) => psi),
    distance: gravest(({ ks }) => distanceOf(ks)),
    adjustedPValue: measures.adjustedPValue,
  };
}

function distanceOf({ statistic, lower, upper }: { statistic: number | null } & Omit<Interval, 'value'>): Interval {
  return { value: statistic, lower, upper };
}

const GRAVITY: readonly Verdict[] = ['drift', 'minor', 'insufficient-data', 'none'];

/**
 * By the importance of what was found, the gravest first: verdict, then PSI or distance in multiples of its threshold times
 * the weight of the signal.
 */
export function byImportance({ settings }: Report): (a: Signal, b: Signal) => number {
  const { psiThreshold, ksThreshold, importance = {} } = settings;
  const size = ({ name, psi, distance, thresholds }: Signal) => {
    const weight = Object.hasOwn(importance, name) ? (importance[name] ?? 1) : 1;
    const limits = thresholds ?? { psi: psiThreshold, distance: ksThreshold };
    return weight * Math.max((psi.value ?? 0) / limits.psi, (distance.value ?? 0) / limits.distance);
  };
  return (a, b) => GRAVITY.indexOf(a.verdict) - GRAVITY.indexOf(b.verdict) || size(b) - size(a);
}

/** How many features, outputs and embeddings a report has, each name once, and how many of them have these verdicts. */
export function countSignals(report: Report): { readonly all: number; readonly drift: number; readonly minor: number } {
  const signals = signalsByImportance(report);
  const having = (which: Verdict) => signals.filter(({ verdict }) => verdict === which).length;
  return { all: signals.length, drift: having('drift'), minor: having('minor') };
}

/** The signals of a report by importance, each name once. */
export function signalsByImportance(report: Report): Signal[] {
  const seen = new Set<string>();
  return signalsOf(report)
    .sort(byImportance(report))
    .filter(({ name }) => !seen.has(name) && seen.add(name));
}
