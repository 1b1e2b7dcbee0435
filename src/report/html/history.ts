import type { Point } from './sparkline.ts';

/** How a model went before a report, whose own window is the last point. All lists are oldest first. */
export interface ReportHistory {
  readonly driftScore: readonly Point[];
  /** PSI by the name of a signal; those that history does not know are left out. */
  readonly psi: ReadonlyMap<string, readonly Point[]>;
}

/** Since when a number has been at its threshold without a break, in the points that are known; undefined where it is not. */
export function atThresholdSince(points: readonly Point[], threshold: number): number | undefined {
  let since: number | undefined;
  for (const { at, value } of [...points].reverse()) {
    if (value === null) continue;
    if (value < threshold) break;
    since = at;
  }
  return since;
}
