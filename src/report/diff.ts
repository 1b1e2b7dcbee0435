import type { Report } from './schema.ts';
import { byImportance, type Signal, signalsOf, type Verdict } from './signals.ts';
import { counted } from './words.ts';

/** What became of a signal between two reports. */
export type SignalChange =
  | 'drifted'
  | 'recovered'
  | 'graver'
  | 'milder'
  | 'still-drift'
  | 'judged'
  | 'not-judged'
  | 'added'
  | 'removed'
  | 'same';

interface Pair<T> {
  readonly before: T;
  readonly after: T;
}

export interface SignalDiff {
  readonly kind: Signal['kind'];
  readonly name: string;
  readonly change: SignalChange;
  /** Null where a report does not have it. */
  readonly verdict: Pair<Verdict | null>;
  readonly psi: Pair<number | null>;
  /** Kolmogorov-Smirnov distance, for categories the largest change of a share. */
  readonly distance: Pair<number | null>;
}

type Side = Pick<Report, 'model' | 'window' | 'baseline' | 'rows' | 'status' | 'driftScore'>;

export interface ReportDiff extends Pair<Side> {
  /** Why numbers of the two can be compared only with care. */
  readonly notes: readonly string[];
  /** All of both reports, what changed most first. */
  readonly signals: readonly SignalDiff[];
  readonly findings: { readonly added: Report['findings']; readonly gone: Report['findings'] };
}

/** What is different in a report from an earlier one, or from one of another version. */
export function diffReports(before: Report, after: Report): ReportDiff {
  const keyed = (report: Report) =>
    new Map(signalsOf(report).map((signal) => [`${signal.kind} ${signal.name}`, signal]));
  const [was, is] = [keyed(before), keyed(after)];
  const sorted = [...is.values(), ...[...was].filter(([key]) => !is.has(key)).map(([, signal]) => signal)].sort(
    byImportance(after),
  );
  const pairOf = ({ kind, name }: Signal) => {
    const key = `${kind} ${name}`;
    return { before: was.get(key), after: is.get(key) };
  };
  const signals = sorted.map((signal) => signalDiff(signal, pairOf(signal)));
  const isJudgedOtherwise = (signal: Signal) => {
    const { before: one, after: other } = pairOf(signal);
    return one && other && JSON.stringify(one.thresholds) !== JSON.stringify(other.thresholds);
  };
  return {
    before: sideOf(before),
    after: sideOf(after),
    notes: notesOf(before, after, sorted.filter(isJudgedOtherwise).length),
    signals: signals.sort((a, b) => CHANGES.indexOf(a.change) - CHANGES.indexOf(b.change)),
    findings: { added: newFindings(before, after), gone: newFindings(after, before) },
  };
}

/** In the order in which people want to know. */
const CHANGES: readonly SignalChange[] = [
  'drifted',
  'graver',
  'still-drift',
  'recovered',
  'milder',
  'not-judged',
  'judged',
  'added',
  'removed',
  'same',
];

function sideOf({ model, window, baseline, rows, status, driftScore }: Report): Side {
  return { model, window, baseline, rows, status, driftScore };
}

function signalDiff({ kind, name }: Signal, { before, after }: Pair<Signal | undefined>): SignalDiff {
  const pair = <T>(of: (signal: Signal) => T): Pair<T | null> => ({
    before: before === undefined ? null : of(before),
    after: after === undefined ? null : of(after),
  });
  const verdict = pair((signal) => signal.verdict);
  return {
    kind,
    name,
    change: changeOf(verdict),
    verdict,
    psi: pair(({ psi }) => psi.value),
    distance: pair(({ distance }) => distance.value),
  };
}

function changeOf({ before, after }: Pair<Verdict | null>): SignalChange {
  if (before === null) return after === 'drift' ? 'drifted' : 'added';
  if (after === null) return 'removed';
  if (before === after) return after === 'drift' ? 'still-drift' : 'same';
  if (after === 'drift') return 'drifted';
  if (after === 'insufficient-data') return 'not-judged';
  if (before === 'drift') return after === 'none' ? 'recovered' : 'milder';
  if (before === 'insufficient-data') return after === 'minor' ? 'graver' : 'judged';
  return after === 'minor' ? 'graver' : 'milder';
}

function notesOf(before: Report, after: Report, others: number): string[] {
  const differs = (of: (report: Report) => unknown) => JSON.stringify(of(before)) !== JSON.stringify(of(after));
  return [
    ...(before.model.name === after.model.name ? [] : ['the reports are of different models']),
    ...(before.baseline.id === after.baseline.id
      ? []
      : ['the baselines are different ones: PSI and distance are not from the same training data']),
    ...(differs(({ settings }) => settings) ? ['the verdicts were made with different settings'] : []),
    ...(others === 0 ? [] : [`${counted(others, 'signal was', 'signals were')} judged by other thresholds`]),
    ...(Date.parse(after.window.to) < Date.parse(before.window.to)
      ? ['the second report is of an earlier window than the first']
      : []),
  ];
}

/** Those of `after` that `before` does not have; numbers of rows in their words do not make them others. */
function newFindings(before: Report, after: Report): Report['findings'] {
  const keyOf = ({ code, column, file }: Report['findings'][number]) => JSON.stringify([code, column, file]);
  const known = new Set(before.findings.map(keyOf));
  return after.findings.filter((finding) => !known.has(keyOf(finding)));
}
