/**
 * Rows per second that the inference logger takes in a process, and what that does to the process's event loop.
 *
 * node test/benchmark/inference-logger.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createInferenceLogger } from '../../src/inference-log/logger.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';

export interface InferenceLoggerBenchmark {
  /** rows in storage by the seconds from the first `log` to the end of the last flush */
  readonly rowsPerSecond: number;
  /** delay of the event loop while rows are logged, encoded and written, beyond the sampling interval of 1 ms */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** mean time of a call of `log` */
  readonly logMicroseconds: number;
  readonly rows: number;
  readonly rowsDropped: number;
  readonly seconds: number;
}

const FEATURES = 50;
const SAMPLING_MS = 1;
const CATEGORIES = ['text/plain', 'text/html', 'multipart/mixed', 'multipart/alternative'];

/**
 * Rows come as requests to an API do, a few with every turn of the event loop, at a quarter more than the 4,000 a second that
 * are asked for. 44 features are numbers, 6 texts.
 */
export async function benchInferenceLogger(seconds = 12, pace = 5000): Promise<InferenceLoggerBenchmark> {
  const directory = await mkdtemp(join(tmpdir(), 'inference-logger-'));
  const store = new DirectoryStore(directory);
  const logger = createInferenceLogger({ store, modelName: 'bench', modelVersion: 'v1', maxAgeMs: 2000 });
  await sleep(300); // the thread starts

  const delay = monitorEventLoopDelay({ resolution: SAMPLING_MS });
  delay.enable();
  const start = performance.now();
  let rows = 0;
  let logging = 0;
  while (rows < seconds * pace) {
    const due = Math.min(seconds * pace, Math.floor(((performance.now() - start) / 1000) * pace));
    for (; rows < due; rows++) {
      const record = request(rows);
      const before = performance.now();
      logger.log(record);
      logging += performance.now() - before;
    }
    await sleep(1);
  }
  await logger.close();
  const elapsed = (performance.now() - start) / 1000;
  delay.disable();
  await rm(directory, { recursive: true });

  const { rowsWritten, rowsDropped } = logger.stats();
  const beyondSampling = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - SAMPLING_MS);
  return {
    rowsPerSecond: rowsWritten / elapsed,
    p50Ms: beyondSampling(delay.percentile(50)),
    p99Ms: beyondSampling(delay.percentile(99)),
    maxMs: beyondSampling(delay.max),
    logMicroseconds: (logging / rows) * 1000,
    rows,
    rowsDropped,
    seconds: elapsed,
  };
}

function request(row: number) {
  const features: Record<string, unknown> = {};
  for (let i = 0; i < FEATURES; i++) {
    features[`feature_${i}`] = i % 8 === 7 ? CATEGORIES[(row * i) % CATEGORIES.length] : ((row * (i + 1)) % 997) / 7;
  }
  return {
    request_id: `request-${row}`,
    features,
    prediction: row % 3 ? 'ham' : 'spam',
    confidence: 0.9,
    latency_ms: 3.2,
  };
}

if (import.meta.main) {
  const { rowsPerSecond, p50Ms, p99Ms, maxMs, logMicroseconds, rows, rowsDropped, seconds } =
    await benchInferenceLogger();
  console.log(
    `inference logger: ${rows} rows of ${FEATURES} features in ${seconds.toFixed(1)} s, ${rowsDropped} dropped`,
  );
  console.log(`rows/s            ${rowsPerSecond.toFixed(0)}`);
  console.log(`event loop delay  p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, max ${maxMs.toFixed(2)} ms`);
  console.log(`log()             ${logMicroseconds.toFixed(1)} µs`);
}
