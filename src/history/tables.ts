import type { HistoryLine } from './line.ts';
import { signalsOf } from './series.ts';

/** Instants are ISO texts in UTC. */
export type ColumnType = 'text' | 'instant' | 'count' | 'number';
export type Value = string | number | null;

export interface Table {
  readonly name: 'runs' | 'signals';
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
  /** Values in the order of the columns. */
  rows(model: string, line: HistoryLine): Value[][];
}

const identity = [
  ['model', 'text'],
  ['version', 'text'],
  ['hour', 'instant'],
] as const;

/** One row a run. */
const RUNS: Table = {
  name: 'runs',
  columns: [
    ...identity,
    ['status', 'text'],
    ['drift_score', 'number'],
    ['window_rows', 'count'],
    ['window_hours', 'count'],
    ['signals', 'count'],
    ['signals_drift', 'count'],
    ['signals_minor', 'count'],
    ['alerts_critical', 'count'],
    ['alerts_warning', 'count'],
    ['skipped_files', 'count'],
    ['duration_seconds', 'number'],
    ['started_at', 'instant'],
    ['baseline', 'text'],
  ],
  rows: (model, line) => [
    [
      ...[model, line.version, line.hour, line.status, line.driftScore, line.rows, line.windowHours, line.signals],
      ...[line.drift, line.minor, line.alerts.critical, line.alerts.warning, line.skippedFiles],
      ...[line.durationMs / 1000, line.startedAt, line.baseline],
    ],
  ],
};

/** One row a run and signal, of those that its line holds; where there are others, a row without a name for the most of them. */
const SIGNALS: Table = {
  name: 'signals',
  columns: [...identity, ['signal', 'text'], ['verdict', 'text'], ['psi', 'number'], ['distance', 'number']],
  rows: (model, line) =>
    [...signalsOf(line), ...(line.rest === null ? [] : [{ name: null, verdict: 'rest', ...line.rest }])].map(
      ({ name, verdict, psi, distance }) => [model, line.version, line.hour, name, verdict, psi, distance],
    ),
};

export const HISTORY_TABLES = { runs: RUNS, signals: SIGNALS } as const;
