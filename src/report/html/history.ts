import type { Point } from './sparkline.ts';

/** How a model went before a report, whose own window is the last point. All lists are oldest first. */
export interface ReportHistory {
  readonly driftScore: readonly Point[];
  /** PSI by the name of a signal; those that history does not know are left out. */
  readonly psi: ReadonlyMap<string, readonly Point[]>;
  /** Of the signals that now have the verdict drift or minor: since when, in a row. */
  readonly since: ReadonlyMap<string, Since>;
}

export interface Since {
  /** Start of the last hour of the first window that showed it, in milliseconds since 1970. */
  readonly hour: number;
  /** It is the first window that is known here. */
  readonly mayBeLonger: boolean;
}
