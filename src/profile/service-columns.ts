import type { RecordColumns } from '../config/record-columns.ts';
import { Grid } from './grid.ts';
import type { ColumnSpec } from './profile.ts';

/** Milliseconds at which latency is cut: 20 cells a factor of ten from 0.01 ms to 28 hours. */
const LATENCIES = Float64Array.from({ length: 201 }, (_, step) => 10 ** (step / 20 - 2));

/** Texts that services use for a status where nothing went well; numbers are those of HTTP. */
const FAILURES = ['error', 'failure', 'failed', 'timeout'];
const HTTP_STATUSES = Array.from({ length: 500 }, (_, index) => String(100 + index));

/**
 * What an hour profile counts of the log record itself, whatever the baseline: when, how fast, with what status, and how many
 * rows have a label. Their profiles follow those of the baseline's columns, and are compared with nothing. `okStatuses` have counts
 * of their own: of other texts only some are told apart.
 */
export function serviceSpecs(record: RecordColumns, okStatuses: readonly string[]): ColumnSpec[] {
  return [
    {
      type: 'numeric',
      name: record.timestamp,
      temporal: true,
      // Only the first and the last instant are asked for.
      grid: new Grid(Float64Array.of(0), [], 'float64'),
      centre: 0,
      scale: 1e9,
    },
    {
      type: 'numeric',
      name: record.latency,
      temporal: false,
      grid: new Grid(LATENCIES, [], 'float64'),
      centre: 0,
      scale: 1000,
    },
    {
      type: 'categorical',
      name: record.status,
      boolean: false,
      values: [...new Set([...okStatuses, ...FAILURES].flatMap(inUsualCases)), ...HTTP_STATUSES],
      rare: [],
      complete: false,
    },
    { type: 'presence', name: record.label },
  ];
}

function inUsualCases(text: string): string[] {
  const lower = text.toLowerCase();
  return [lower, text.toUpperCase(), `${lower.slice(0, 1).toUpperCase()}${lower.slice(1)}`, text];
}
