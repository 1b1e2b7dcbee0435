import { z } from 'zod';
import type { HistoryLine } from './line.ts';

export type Status = HistoryLine['status'];

/** A run of the overview: start of the last hour of its window, in hours since 1970; status; drift score. */
export type OverviewRun = readonly [hour: number, status: Status, score: number];

const LETTERS = { drift: 'd', 'no-drift': 'n', 'insufficient-data': 'i', 'no-data': 'e' } as const;
const STATUSES = new Map(Object.entries(LETTERS).map(([status, letter]) => [letter as string, status as Status]));
const NO_RUN = '-';
const SCALE = 1000;

/** A week of hourly runs in some 800 bytes: an index of 1,000 models is read and written by every run. */
export const packedRunsSchema = z.object({
  from: z.int().min(0).describe('hour of the first letter, in hours since 1970'),
  statuses: z
    .string()
    .regex(/^[dnie-]*$/)
    .describe('one letter an hour: d drift, n no drift, i insufficient data, e no data, - no run'),
  scores: z.array(z.int().min(0).max(SCALE)).describe('drift score in thousandths, one for each letter but -'),
});

export type PackedRuns = z.infer<typeof packedRunsSchema>;

/** `runs` by hour, at least one. */
export function packRuns(runs: readonly OverviewRun[]): PackedRuns {
  const from = runs[0]?.[0] ?? 0;
  const letters: string[] = [];
  for (const [hour, status] of runs) letters[hour - from] = LETTERS[status];
  return {
    from,
    statuses: Array.from(letters, (letter) => letter ?? NO_RUN).join(''),
    scores: runs.map(([, , score]) => Math.round(score * SCALE)),
  };
}

/** By hour; runs for which there is no score are none. */
export function unpackRuns({ from, statuses, scores }: PackedRuns): OverviewRun[] {
  const runs: OverviewRun[] = [];
  for (const [index, letter] of [...statuses].entries()) {
    const status = STATUSES.get(letter);
    const score = scores[runs.length];
    if (status !== undefined && score !== undefined) runs.push([from + index, status, score / SCALE]);
  }
  return runs;
}
