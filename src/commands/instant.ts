import { hourOf } from '../storage/hour.ts';

/** Date, or date and time with a zone: a local time would mean another hour on another machine. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** What is wrong with an instant as typed after an option. */
export function instantProblem(option: string, text: string): string[] {
  const [, date = ''] = INSTANT.exec(text) ?? [];
  if (isCalendarDate(date) && !Number.isNaN(Date.parse(text))) return [];
  return [`${option} ${text}: must be an instant with its time zone, such as 2025-12-24T11:30:00Z`];
}

/** The same of an hour of logs, which cannot be later than the one that goes on. */
export function loggedInstantProblem(option: string, text: string, now: number): string[] {
  const problems = instantProblem(option, text);
  if (problems.length > 0 || hourOf(parseInstant(text)) <= hourOf(now)) return problems;
  const current = new Date(hourOf(now)).toISOString().slice(0, 16);
  return [`${option} ${text}: lies in the future; the last hour that can have logs is the current one, ${current}Z`];
}

/** `Date.parse` takes February 30 for March 2. From 1971 to 9997. */
function isCalendarDate(date: string): boolean {
  const start = new Date(`${date}T00:00:00Z`);
  // Keys have four digits for the year, and windows reach a year back and an hour on.
  if (date < '1971' || date > '9998') return false;
  return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(date);
}

/** Milliseconds since 1970. */
export function parseInstant(text: string): number {
  return Date.parse(text);
}
