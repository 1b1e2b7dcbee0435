import { types } from 'node:util';
import { MODEL_ID, type ModelId } from '../storage/layout.ts';
import { type ColumnType, type Snapshot, toEpochMs } from './column-type.ts';
import type { Column, Columns, Row } from './columns.ts';
import { sizeOf, snapshot, UNLOGGABLE } from './snapshot.ts';

type Named<T> = Readonly<Record<string, T>> | ReadonlyMap<string, T>;
export type Embedding = readonly (number | null)[] | Float32Array | Float64Array;

/**
 * One prediction. Fields become columns of their names; each feature and each embedding becomes a column beside them. Values are
 * copied, so that the record may be changed or used again afterwards.
 *
 * A feature that bears the name of one of the fields below is written as `feature_<name>`.
 */
export interface InferenceRecord {
  /** Decides the hour partition. Date, milliseconds since 1970 or ISO 8601; default now. */
  readonly timestamp?: Date | number | string | null | undefined;
  readonly request_id?: string | number | bigint | null | undefined;
  /** default: the logger's */
  readonly model_name?: string | null | undefined;
  /** default: the logger's */
  readonly model_version?: string | null | undefined;
  /** Numbers, texts, booleans, bigints, Dates and arrays of at most 65,536 numbers. */
  readonly features?: Named<unknown> | null | undefined;
  readonly prediction?: unknown;
  /** 0…1 */
  readonly confidence?: number | null | undefined;
  readonly latency_ms?: number | null | undefined;
  readonly status?: string | number | null | undefined;
  /** The truth, where it is known already. */
  readonly label?: unknown;
  readonly embeddings?: Named<Embedding | null | undefined> | null | undefined;
}

/** The record's own columns, in the order of the file. Those without a type take that of their values. */
export const RECORD_COLUMNS = [
  ['timestamp', 'timestamp'],
  ['request_id', 'string'],
  ['model_name', 'string'],
  ['model_version', 'string'],
  ['prediction', undefined],
  ['confidence', 'double'],
  ['latency_ms', 'double'],
  ['status', undefined],
  ['label', undefined],
] as const satisfies readonly (readonly [keyof InferenceRecord, ColumnType | undefined])[];

type RecordColumn = (typeof RECORD_COLUMNS)[number][0];

export interface RecordRow extends Row {
  /** of the record's timestamp, or now where it has none that can be read */
  readonly epochMs: number;
  readonly model: ModelId;
}

/** Years with four digits. */
const MAX_EPOCH_MS = Date.UTC(10_000, 0) - 1;

/**
 * Copies a record. Whatever a value, getter or proxy does, it costs only that value: it is counted in its column and written
 * as null.
 *
 * @param columns made with `RECORD_COLUMNS`
 * @param model the default
 */
export function readRecord(record: object, columns: Columns, model: ModelId, now: number): RecordRow {
  const row: Row = { columns: [], values: [], bytes: 0 };
  const instant = toEpochMs(read(record, 'timestamp') ?? now);
  const valid = instant !== undefined && instant >= 0 && instant <= MAX_EPOCH_MS;
  const requestId = read(record, 'request_id');
  const name = read(record, 'model_name') ?? model.name;
  const version = read(record, 'model_version') ?? model.version;
  const fields: Record<RecordColumn, unknown> = {
    timestamp: valid ? instant : UNLOGGABLE,
    request_id: typeof requestId === 'number' || typeof requestId === 'bigint' ? String(requestId) : requestId,
    model_name: name,
    model_version: version,
    prediction: read(record, 'prediction'),
    confidence: read(record, 'confidence'),
    latency_ms: read(record, 'latency_ms'),
    status: read(record, 'status'),
    label: read(record, 'label'),
  };
  for (const [index, [field]] of RECORD_COLUMNS.entries()) {
    if (fields[field] !== undefined) add(row, columns.all[index], fields[field]);
  }
  addNamed(row, columns, 'features', read(record, 'features'));
  addNamed(row, columns, 'embeddings', read(record, 'embeddings'));
  return {
    ...row,
    epochMs: valid ? instant : now,
    model: { name: modelIdOr(model.name, name), version: modelIdOr(model.version, version) },
  };
}

/** Only what may stand in a key decides the partition; the columns keep what was logged. */
function modelIdOr(fallback: string, value: unknown): string {
  return typeof value === 'string' && value !== fallback && MODEL_ID.test(value) ? value : fallback;
}

/** Adds a column for each entry of an object or Map of values. `field`, where it is neither, is counted as if it were a feature. */
export function addNamed(row: Row, columns: Columns, field: string, named: unknown): void {
  if (named === undefined || named === null) return;
  try {
    if (types.isMap(named)) {
      for (const [key, value] of Map.prototype.entries.call(named)) {
        const isName = typeof key === 'string' || typeof key === 'number';
        add(row, columns.ofFeature(isName ? String(key) : field), isName ? value : UNLOGGABLE);
      }
      return;
    }
    if (typeof named === 'object') {
      for (const name of Object.keys(named)) add(row, columns.ofFeature(name), read(named, name));
      return;
    }
  } catch {
    // a proxy may refuse to tell its keys
  }
  add(row, columns.ofFeature(field), UNLOGGABLE);
}

function read(object: object, key: string): unknown {
  try {
    return Reflect.get(object, key);
  } catch {
    return UNLOGGABLE;
  }
}

function add(row: Row, column: Column | undefined, value: unknown): void {
  if (column === undefined) return;
  const copy = copyOf(value, column.type);
  if (copy === UNLOGGABLE) column.nulled += 1;
  const written = copy === UNLOGGABLE ? null : copy;
  row.columns.push(column);
  row.values.push(written);
  row.bytes += sizeOf(written);
}

function copyOf(value: unknown, type: ColumnType | undefined): Snapshot | typeof UNLOGGABLE {
  try {
    return snapshot(value, type);
  } catch {
    return UNLOGGABLE;
  }
}
