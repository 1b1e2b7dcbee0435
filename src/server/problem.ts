import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { DriftMonitorError, messageOf, UsageError } from '../errors.ts';
import { StorageError } from '../storage/object-store.ts';

/** An answer that is no success, as https://www.rfc-editor.org/rfc/rfc9457 has it. */
export const problemSchema = z.strictObject({
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe('what happened, and what to do'),
  problems: z.array(z.string()).optional().describe('everything that is wrong with what was sent'),
  request_id: z.string().describe('by which the log knows the request'),
});

export type ProblemDocument = z.infer<typeof problemSchema>;
export const PROBLEM_TYPE = 'application/problem+json';

/** Thrown by a handler to refuse. */
export class Problem extends DriftMonitorError {
  override name = 'Problem';
  readonly status: number;
  readonly problems: readonly string[] | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, detail: string, more: { problems?: readonly string[]; retryAfter?: number } = {}) {
    super(detail);
    this.status = status;
    this.problems = more.problems;
    this.retryAfter = more.retryAfter;
  }
}

/** What a client is told of an error; nothing of one that nobody foresaw. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StorageError) return new Problem(503, messageOf(error), { retryAfter: 5 });
  if (error instanceof UsageError) return new Problem(400, 'the request cannot be used', { problems: error.problems });
  if (error instanceof DriftMonitorError) return new Problem(500, error.message);
  const status = statusOf(error);
  if (status === 413)
    return new Problem(413, 'the body is larger than this path takes (serveBodyLimitMib, or 256 KiB of settings)');
  if (status === 415) return new Problem(415, 'the body must be JSON, with Content-Type: application/json');
  if (status >= 400 && status < 500) return new Problem(status, messageOf(error));
  return new Problem(500, 'something went wrong; the log of the server knows the request by its id');
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  const status: unknown = Reflect.get(error, 'statusCode');
  return typeof status === 'number' ? status : 500;
}

/** What was sent is not sent back by the megabyte. */
const MAX_PROBLEMS = 10;
const MAX_TEXT = 500;

function inBrief(problems: readonly string[]): string[] {
  const told = problems.slice(0, MAX_PROBLEMS).map(shortened);
  return problems.length > told.length ? [...told, `and ${problems.length - told.length} more`] : told;
}

function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…`.toWellFormed() : text;
}

export function problemDocument({ status, message, problems }: Problem, requestId: string): ProblemDocument {
  return {
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: shortened(message),
    ...(problems && { problems: inBrief(problems) }),
    request_id: requestId,
  };
}
