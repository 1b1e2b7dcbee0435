import type { Verdict } from '../drift/verdict.ts';
import type { Report } from './schema.ts';

/** A feature, output or embedding with the two effects that all of them have. */
export interface MovedSignal {
  readonly name: string;
  readonly verdict: Verdict;
  readonly psi: number | null;
  /** Kolmogorov-Smirnov distance; for categories the largest change of one share. */
  readonly distance: number | null;
}

const GRAVITY: readonly Verdict[] = ['drift', 'minor'];

/** All signals of a report: those that drifted, the minor ones, the others; among them by PSI. Each name is there once. */
export function movedSignals({ features, outputs, embeddings }: Report): MovedSignal[] {
  const signals = [...features, ...outputs].map((signal): MovedSignal => {
    const distance = signal.type === 'numeric' ? signal.ks.statistic : signal.shareChange.value;
    return { name: signal.name, verdict: signal.verdict, psi: signal.psi.value, distance };
  });
  const vectors = embeddings.map(({ name, verdict, measures: { cosineToCentroid } }): MovedSignal => {
    return { name, verdict, psi: cosineToCentroid.psi.value, distance: cosineToCentroid.ks.statistic };
  });
  const rank = ({ verdict }: MovedSignal) => (GRAVITY.includes(verdict) ? GRAVITY.indexOf(verdict) : GRAVITY.length);
  const sorted = [...signals, ...vectors].sort((a, b) => rank(a) - rank(b) || (b.psi ?? 0) - (a.psi ?? 0));
  const seen = new Set<string>();
  return sorted.filter(({ name }) => !seen.has(name) && seen.add(name));
}
