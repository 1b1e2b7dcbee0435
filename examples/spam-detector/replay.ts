import { createInferenceLogger, DEFAULT_EFFECTS } from 'drift-monitor/inference-logger';
import type { ObjectStore } from 'drift-monitor/storage';
import type { Sample } from './samples.ts';
import { HOUR_MS, type Scheduled } from './schedule.ts';
import { MODEL_NAME, MODEL_VERSION, ROW_NAME_COLUMN, type SpamDetector } from './spam-detector.ts';

export const REPLAYED_DAY = '2025-12-24';
export const REPLAY_START = Date.parse(`${REPLAYED_DAY}T00:00:00Z`);

const DAY_PREFIX = `inference-logs/year=${REPLAYED_DAY.replace('-', '/month=').replace('-', '/day=')}/`;
const OWN_FILE = /-spam-detector-demo-\d\d\.parquet$/;

/**
 * Logs the predictions as if they were made at their timestamps, one log file an hour. The files have the same names in every
 * run, and replace those of an earlier one; other log files of the day stay.
 */
export async function replay(
  store: ObjectStore,
  hours: readonly (readonly Scheduled<Sample>[])[],
  detector: SpamDetector,
  onHour: () => void,
): Promise<void> {
  for await (const { key } of store.list(DAY_PREFIX)) {
    if (OWN_FILE.test(key)) await store.delete(key);
  }
  let hour = 0;
  const logger = createInferenceLogger(
    { store, modelName: MODEL_NAME, modelVersion: MODEL_VERSION },
    {
      ...DEFAULT_EFFECTS,
      now: () => REPLAY_START + (hour + 1) * HOUR_MS - 1,
      uuid: () => `spam-detector-demo-${String(hour).padStart(2, '0')}`,
    },
  );
  for (const predictions of hours) {
    for (const { item: sample, timestamp } of predictions) {
      const { prediction, confidence, latencyMs, bodyEmbedding } = detector(sample);
      logger.log({
        timestamp,
        request_id: sample.id,
        features: { ...sample.features, [ROW_NAME_COLUMN]: sample.subject },
        embeddings: { body_embedding: bodyEmbedding },
        prediction,
        confidence,
        latency_ms: latencyMs,
        status: 'ok',
        label: sample.label,
      });
    }
    await logger.flush();
    hour += 1;
    onHour();
  }
  await logger.close();
  const { rowsLogged, rowsWritten } = logger.stats();
  if (rowsWritten !== rowsLogged)
    throw new Error(`only ${rowsWritten} of ${rowsLogged} predictions reached ${store.url}`);
}
