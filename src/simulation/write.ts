import type { RecordColumns } from '../config/record-columns.ts';
import { encodeParquet } from '../inference-log/parquet.ts';
import { partitionPrefix } from '../inference-log/partitions.ts';
import { HOUR_MS } from '../storage/hour.ts';
import { type ModelId, trainingDataPrefix } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Changes, rowDrawer, type Value } from './columns.ts';
import { uniformOf } from './random.ts';
import type { Scenario } from './scenarios.ts';

/** Hour 0 of every scenario's logs: fixed, so that the same command writes the same bytes. */
export const FIRST_HOUR = Date.UTC(2025, 11, 22);

export interface WriteRequest {
  readonly store: ObjectStore;
  readonly scenario: Scenario;
  readonly model: ModelId;
  /** Other numbers of the same distributions for another seed. */
  readonly seed: number;
  /** Rows of logs in all hours. */
  readonly rows: number;
  readonly logPathTemplate: string;
  readonly record: RecordColumns;
  readonly onProgress: (hours: number, total: number) => void;
}

export function trainingKey(model: ModelId): string {
  return `${trainingDataPrefix(model)}simulated.parquet`;
}

/** Writes the training data of a scenario. Returns its key. */
export async function writeTraining(
  request: Omit<WriteRequest, 'rows' | 'logPathTemplate' | 'onProgress'>,
): Promise<string> {
  const { store, scenario, model, record } = request;
  const key = trainingKey(model);
  await store.put(key, await encodeParquet(drawTraining(scenario, request.seed, record)));
  return key;
}

function* drawTraining(scenario: Scenario, seed: number, record: RecordColumns): Generator<Map<string, unknown>> {
  const draw = rowDrawer(scenario.columns, uniformOf(`${scenario.name} ${seed} training`));
  for (let row = 0; row < scenario.trainingRows; row++) yield asLogged(draw(scenario.training(row % 24)), record);
}

/** Writes one log file for each hour that has rows. Returns how many. */
export async function writeLogs(request: WriteRequest): Promise<number> {
  const { store, scenario, model, seed, rows } = request;
  const draw = rowDrawer(scenario.columns, uniformOf(`${scenario.name} ${seed} logs`));
  let files = 0;
  for (let hour = 0; hour < scenario.hours; hour++) {
    request.onProgress(hour, scenario.hours);
    const first = Math.floor((hour * rows) / scenario.hours);
    const next = Math.floor(((hour + 1) * rows) / scenario.hours);
    if (first === next) continue;
    const start = FIRST_HOUR + hour * HOUR_MS;
    const logged = drawHour(request, draw, hour, { first, next });
    const prefix = partitionPrefix(request.logPathTemplate, start, model);
    await store.put(`${prefix}simulated-${model.name}-${model.version}.parquet`, await encodeParquet(logged));
    files += 1;
  }
  return files;
}

/** Rows `first` … `next` − 1 of the logs, spread over the hour. */
function* drawHour(
  { scenario, model, record }: WriteRequest,
  draw: (changes: Changes) => Map<string, Value>,
  hour: number,
  { first, next }: { readonly first: number; readonly next: number },
): Generator<Map<string, unknown>> {
  const changes = scenario.logs(hour);
  for (let row = first; row < next; row++) {
    const instant = FIRST_HOUR + (hour + (row - first) / (next - first)) * HOUR_MS;
    yield new Map<string, unknown>([
      [record.timestamp, new Date(instant)],
      [record.requestId, `${scenario.name}-${row}`],
      [record.modelName, model.name],
      [record.modelVersion, model.version],
      ...asLogged(draw(changes), record),
    ]);
  }
}

/** The outputs under the names that the configuration gives them. */
function asLogged(row: ReadonlyMap<string, Value>, { prediction, confidence }: RecordColumns): Map<string, unknown> {
  const outputs: ReadonlyMap<string, string> = new Map([
    ['prediction', prediction],
    ['confidence', confidence],
  ]);
  return new Map([...row].map(([name, value]) => [outputs.get(name) ?? name, value]));
}
