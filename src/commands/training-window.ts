import type { Window } from '../inference-log/partitions.ts';
import { HOUR_MS } from '../storage/hour.ts';
import { instantProblem, parseInstant } from './instant.ts';

/** Options that say where a baseline comes from. */
export interface TrainingOptions {
  readonly trainingData?: readonly string[];
  readonly fromLogs?: true;
  readonly from?: string;
  readonly to?: string;
}

/** As of the setting for windows: a year. */
const MOST_HOURS = 8784;

/** What is wrong with them. */
export function trainingProblems({ trainingData, fromLogs, from, to }: TrainingOptions): string[] {
  if (fromLogs === undefined) {
    return [from === undefined ? [] : '--from', to === undefined ? [] : '--to']
      .flat()
      .map((option) => `${option}: says which logs; give it together with --from-logs`);
  }
  const problems: string[] = [];
  if (trainingData !== undefined) {
    problems.push('--training-data, --from-logs: a baseline is made of the one or the other, not of both');
  }
  if (from === undefined || to === undefined) {
    problems.push('--from-logs: needs --from and --to, the start of the first hour and the end of the last one');
  }
  const unfit = [
    ...(from === undefined ? [] : startProblem('--from', from)),
    ...(to === undefined ? [] : startProblem('--to', to)),
  ];
  if (unfit.length === 0 && from !== undefined && to !== undefined) unfit.push(...spanProblem(from, to));
  return [...problems, ...unfit];
}

/** The hours that the options mean; undefined for training files. The options must be without problems. */
export function trainingWindow({ fromLogs, from, to }: TrainingOptions): Window | undefined {
  if (fromLogs === undefined || from === undefined || to === undefined) return undefined;
  return { from: parseInstant(from), to: parseInstant(to) };
}

/** The hour in a log's path says when it is from: half of one cannot be had. */
function startProblem(option: string, text: string): string[] {
  const problems = instantProblem(option, text);
  if (problems.length > 0 || parseInstant(text) % HOUR_MS === 0) return problems;
  return [`${option} ${text}: must be the start of an hour in UTC, for logs are stored by the hour`];
}

function spanProblem(from: string, to: string): string[] {
  const hours = (parseInstant(to) - parseInstant(from)) / HOUR_MS;
  if (hours <= 0) return [`--to ${to}: must be later than --from ${from}`];
  return hours > MOST_HOURS ? [`--from ${from} --to ${to}: are ${hours} hours; at most ${MOST_HOURS} can be read`] : [];
}
