import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { hourOf } from '../storage/hour.ts';
import { type ModelId, reportKey } from '../storage/layout.ts';
import { Problem } from './problem.ts';

export const checkSchema = z.strictObject({
  id: z.string(),
  state: z.enum(['queued', 'running', 'finished', 'failed']),
  model_name: z.string(),
  model_version: z.string(),
  at: z.iso.datetime().nullable().describe("an instant in the window's last hour"),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
  exit_code: z.int().nullable().describe('3: finished, and found what --fail-on names'),
  error: z.string().nullable(),
  report: z.string().nullable().describe('where the report is, once it is finished'),
});

export type Check = z.infer<typeof checkSchema>;

export interface CheckRequest {
  readonly model: ModelId;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Runs `detect`, here or elsewhere. */
export interface CheckRunner {
  /** Rejects with `Problem` 429 where there is too much to do already. */
  start(request: CheckRequest): Promise<Check>;
  find(id: string): Promise<Check | undefined>;
  close(): Promise<void>;
}

/** A run of `detect` in a process of its own. */
export interface DetectProcess {
  /** How it ended. `lastLine` is the last that it has logged. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly lastLine: string }>;
  stop(): void;
}

export type StartDetect = (args: readonly string[]) => DetectProcess;

const QUEUE = 8;
const REMEMBERED = 100;

/** What was asked for, as arguments of `detect`. */
export function detectArguments({ model, at }: CheckRequest): string[] {
  const instant = new Date(at).toISOString();
  return ['--model-name', model.name, '--model-version', model.version, '--at', instant];
}

/** Where the server shows the report of a check. */
export function reportPath({ model, at }: CheckRequest): string {
  return pathOfReport(reportKey(model, hourOf(at)));
}

/** Where the server shows what lies under a key. */
export function pathOfReport(key: string): string {
  return key.replace(/^drift-reports\//, '/reports/');
}

/** One after another, each in a process of its own: what a run needs of memory is gone after it. */
export class LocalChecks implements CheckRunner {
  readonly #startDetect: StartDetect;
  readonly #now: () => number;
  readonly #checks = new Map<string, Check>();
  readonly #waiting: { readonly check: Check; readonly request: CheckRequest }[] = [];
  #running: DetectProcess | undefined;
  #isClosed = false;

  constructor(startDetect: StartDetect, now: () => number) {
    this.#startDetect = startDetect;
    this.#now = now;
  }

  async start(request: CheckRequest): Promise<Check> {
    if (this.#isClosed) throw new Problem(503, 'the server is stopping', { retryAfter: 5 });
    const { model, at } = request;
    const hour = new Date(hourOf(at)).toISOString();
    const same = this.#waiting.find(
      ({ check }) => check.model_name === model.name && check.model_version === model.version && check.at === hour,
    );
    if (same !== undefined) return same.check;
    if (this.#waiting.length >= QUEUE) {
      throw new Problem(429, `${QUEUE} checks wait already; send it again later`, { retryAfter: 30 });
    }
    const check: Check = {
      id: randomUUID(),
      state: 'queued',
      model_name: model.name,
      model_version: model.version,
      at: hour,
      started_at: null,
      finished_at: null,
      exit_code: null,
      error: null,
      report: null,
    };
    this.#checks.set(check.id, check);
    const [oldest] = this.#checks.keys();
    if (this.#checks.size > REMEMBERED && oldest !== undefined) this.#checks.delete(oldest);
    this.#waiting.push({ check, request });
    void this.#next();
    return check;
  }

  async find(id: string): Promise<Check | undefined> {
    return this.#checks.get(id);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.splice(0);
    this.#running?.stop();
    await this.#running?.ended;
  }

  async #next(): Promise<void> {
    if (this.#running !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { check, request } = next;
    check.state = 'running';
    check.started_at = this.#instant();
    this.#running = this.#startDetect(detectArguments(request));
    const { exitCode, lastLine } = await this.#running.ended;
    const isFinished = exitCode === 0 || exitCode === 3;
    check.state = isFinished ? 'finished' : 'failed';
    check.finished_at = this.#instant();
    check.exit_code = exitCode;
    check.error = isFinished ? null : lastLine || 'it was stopped';
    check.report = isFinished ? reportPath(request) : null;
    this.#running = undefined;
    await this.#next();
  }

  #instant(): string {
    return new Date(this.#now()).toISOString();
  }
}
