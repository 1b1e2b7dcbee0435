import type { Outcome } from '../kubernetes/pod-outcome.ts';
import type { Run } from '../kubernetes/run.ts';
import { printable } from '../printable.ts';

/** `2025-12-24 11:30 UTC` */
export function instantInWords(instant: Date): string {
  const text = instant.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two largest units: `1 h 4 min`. */
export function durationInWords(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
  }
  return parts.length === 0
    ? '0 s'
    : parts
        .slice(0, 2)
        .filter((part) => !part.startsWith('0 '))
        .join(' ');
}

export function outcomeInWords({ summary, explanation }: Outcome): string {
  return printable(explanation ? `${summary}: ${explanation}` : summary, 400);
}

/** Milliseconds; of a run that goes on until now. */
export function durationOf({ startedAt, finishedAt }: Run, now: number): number | undefined {
  return startedAt === undefined ? undefined : (finishedAt?.getTime() ?? now) - startedAt.getTime();
}

/** A run in the documents that `--json` prints. */
export function runDocument(run: Run, now: number) {
  const { job, manual, startedAt, finishedAt, outcome } = run;
  const duration = durationOf(run, now);
  return {
    job,
    manual,
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    durationSeconds: duration === undefined ? null : Math.round(duration / 1000),
    state: outcome.state,
    reason: outcome.reason,
    exitCode: outcome.exitCode ?? null,
    summary: outcome.summary,
    explanation: outcome.explanation ?? null,
  };
}

/** A line of a log as a terminal may show it. Tabs stay. */
export function printableLine(line: string): string {
  const parts = line.replace(/\r$/, '').split('\t');
  return parts.map((part) => (part === '' ? '' : printable(part, Number.POSITIVE_INFINITY))).join('\t');
}
