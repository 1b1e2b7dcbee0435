import { HOUR_MS, type Hour } from '../storage/hour.ts';
import type { VersionState } from './state.ts';

const DAY_MS = 24 * HOUR_MS;
/** Days whose hours are remembered: a week, and the day before it for a run that was left out. */
const DAYS_KEPT = 8;
/** Earlier days that have to be known, and rows that are usual, before few rows mean anything. */
const DAYS_NEEDED = 3;
const ROWS_NEEDED = 20;

type Hours = VersionState['hours'];

/** Adds the rows of a window's last hour, as they were counted when it was the last. */
export function rememberHour(hours: Hours, hour: Hour, rows: number): Hours {
  const at = new Date(hour).toISOString();
  const kept = hours.filter((one) => one.hour !== at && hour - Date.parse(one.hour) <= DAYS_KEPT * DAY_MS);
  return [...kept, { hour: at, rows }];
}

/**
 * Rows that are usual at an hour: the median of the same hour of the last seven days, or what a week ago had where that is
 * less, because a Sunday is no Friday. Undefined where fewer than three days are known, or so few rows that chance decides.
 */
export function usualRows(hours: Hours, hour: Hour): number | undefined {
  const rows = new Map(hours.map((one) => [Date.parse(one.hour), one.rows]));
  const before = [1, 2, 3, 4, 5, 6, 7].map((days) => rows.get(hour - days * DAY_MS));
  const known = before.flatMap((count) => count ?? []).sort((a, b) => a - b);
  const middle = known.length / 2;
  const median = ((known[Math.ceil(middle) - 1] ?? 0) + (known[Math.floor(middle)] ?? 0)) / 2;
  const usual = Math.min(median, before.at(-1) ?? median);
  return known.length >= DAYS_NEEDED && usual >= ROWS_NEEDED ? usual : undefined;
}
