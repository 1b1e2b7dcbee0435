import type { AlertCondition, Evidence, ShownCondition } from '../alerting/schema.ts';
import { numberWithin } from '../drift/words.ts';
import type { Report } from './schema.ts';
import { embeddingParts } from './signals.ts';

const MOVED = 5;

/** The conditions of a report with what its histograms show. */
export function shownConditions(report: Report): ShownCondition[] {
  const signals = new Map(
    [...report.features, ...report.outputs, ...report.embeddings].map((signal) => [signal.name, signal]),
  );
  return report.alerts.map((condition) => ({ ...condition, evidence: evidenceOf(condition, signals) }));
}

type Signal = Report['features'][number] | Report['outputs'][number] | Report['embeddings'][number];

function evidenceOf({ rule, signal: name }: AlertCondition, signals: ReadonlyMap<string, Signal>): Evidence | null {
  const signal = rule === 'signal-drift' ? signals.get(name) : undefined;
  if (signal === undefined) return null;
  const { rows } = signal;
  if ('dimension' in signal) {
    const parts = embeddingParts(signal);
    const [gravest = signal.measures.cosineToCentroid] = parts.toSorted(
      (a, b) => (b.psi.value ?? 0) - (a.psi.value ?? 0),
    );
    const { psi, ks, histogram } = gravest;
    return { rows, psi: psi.value, distance: ks.statistic, moved: histogram ? movedRanges(histogram) : [] };
  }
  if (signal.type === 'numeric') {
    const { psi, ks, histogram } = signal;
    return { rows, psi: psi.value, distance: ks.statistic, moved: movedRanges(histogram) };
  }
  const { values, baseline, window, other } = signal.histogram;
  const bins = values.map((what, index) => ({ what, baseline: baseline[index] ?? 0, window: window[index] ?? 0 }));
  const all = [...bins, { what: 'all other values', ...other }];
  return { rows, psi: signal.psi.value, distance: signal.shareChange.value, moved: moved(all) };
}

interface Bin {
  readonly what: string;
  /** rows */
  readonly baseline: number;
  readonly window: number;
}

interface NumericHistogram {
  readonly edges: readonly number[];
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

/** Ranges of values whose shares differ most, as shares of the values that are there; the largest difference first. */
export function movedRanges({ edges, baseline, window }: NumericHistogram): Evidence['moved'] {
  const ranges = baseline.map((rows, index) => {
    const [lower = Number.NaN, upper = Number.NaN] = edges.slice(index, index + 2);
    const [from, to] = [lower, upper].map((edge) => numberWithin(edge, upper - lower));
    return { what: lower === upper ? `${from}` : `${from} – ${to}`, baseline: rows, window: window[index] ?? 0 };
  });
  return moved(ranges);
}

/** Shares of the bins that differ most, the largest difference first; none where a side holds no value at all. */
function moved(bins: readonly Bin[]): Evidence['moved'] {
  const total = (side: 'baseline' | 'window') => bins.reduce((sum, bin) => sum + bin[side], 0);
  const [before, now] = [total('baseline'), total('window')];
  if (before === 0 || now === 0) return [];
  return bins
    .map(({ what, baseline, window }) => ({ what, baseline: baseline / before, window: window / now }))
    .filter(({ baseline, window }) => baseline !== window)
    .sort((a, b) => Math.abs(b.window - b.baseline) - Math.abs(a.window - a.baseline))
    .slice(0, MOVED);
}
