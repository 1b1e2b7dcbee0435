/** A failure that one sentence explains: what happened, to what, and what to do. The program exits 1. */
export class DriftMonitorError extends Error {
  override name = 'DriftMonitorError';
}

/** What was thrown, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Bad usage or configuration. `problems` are all of them, one sentence each. The program exits 2. */
export class UsageError extends DriftMonitorError {
  override name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
