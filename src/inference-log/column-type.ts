import { types } from 'node:util';

/** Types a logged column may have; `list<…>` is an embedding. Every column may be null. */
export const COLUMN_TYPES = [
  'double',
  'int64',
  'string',
  'boolean',
  'timestamp',
  'list<float>',
  'list<double>',
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];
export type ListType = Extract<ColumnType, `list<${string}>`>;
export type ScalarType = Exclude<ColumnType, ListType>;

/**
 * A value as it was when it was logged, free of anything that a caller can still change and that could not be sent to a
 * thread. A list with nulls among its elements is an array, any other a typed array. Null: there was no value.
 */
export type Snapshot =
  | null
  | number
  | bigint
  | string
  | boolean
  | Date
  | Float32Array
  | Float64Array
  | (number | null)[];

export function isListType(type: ColumnType): type is ListType {
  return type.startsWith('list<');
}

function isList(value: Snapshot): value is Float32Array | Float64Array | (number | null)[] {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}

/**
 * The type that most values have (the first seen of equals), undefined where all are null. Any number makes a numeric column
 * `double`, since a feature that is whole today may have fractions tomorrow; only bigints alone make it `int64`. A
 * `Float64Array` makes lists `list<double>`.
 */
export function inferType(values: Iterable<Snapshot>): ColumnType | undefined {
  const counts = new Map<'number' | 'string' | 'boolean' | 'timestamp' | 'list', number>();
  let numbers = 0;
  let doubleLists = 0;
  for (const value of values) {
    if (value === null) continue;
    if (typeof value === 'number') numbers += 1;
    else if (value instanceof Float64Array) doubleLists += 1;
    const kind = kindOf(value);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  const kind = [...counts].find(([, count]) => count === most)?.[0];
  if (kind === 'number') return numbers > 0 ? 'double' : 'int64';
  if (kind === 'list') return doubleLists > 0 ? 'list<double>' : 'list<float>';
  return kind;
}

function kindOf(value: NonNullable<Snapshot>) {
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return value instanceof Date ? 'timestamp' : 'list';
}

/**
 * The value as the Parquet writer takes it for a column of this type; undefined where it is of another type or could not be
 * written without loss: NaN (which readers would take for a number), a bigint that no double equals, a number that is not whole in an `int64`.
 */
export function toScalar(
  type: ScalarType,
  value: NonNullable<Snapshot>,
): number | bigint | string | boolean | undefined {
  switch (type) {
    case 'double':
      if (typeof value === 'number') return Number.isNaN(value) ? undefined : value;
      return typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : undefined;
    case 'int64': {
      const whole = typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
      return typeof whole === 'bigint' && BigInt.asIntN(64, whole) === whole ? whole : undefined;
    }
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'timestamp':
      return toEpochMs(value);
  }
}

/** The elements of a list, or undefined where the value is no list. Null and NaN stand for themselves. */
export function toElements(value: NonNullable<Snapshot>): ArrayLike<number | null> | undefined {
  return isList(value) ? value : undefined;
}

/** Whether an element can be written to a list of this type: no NaN, and no finite number beyond the range of a float. */
export function fitsElement(type: ListType, element: number): boolean {
  if (Number.isNaN(element)) return false;
  return type === 'list<double>' || !Number.isFinite(element) || Number.isFinite(Math.fround(element));
}

const ISO_INSTANT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/**
 * Whole milliseconds since 1970 of a Date, a number of milliseconds, or an ISO 8601 date or instant (UTC unless it names an
 * offset); undefined for anything else.
 */
export function toEpochMs(value: unknown): number | undefined {
  const ms = instantOf(value);
  return Math.abs(ms) <= 8.64e15 ? Math.floor(ms) : undefined;
}

function instantOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (types.isDate(value)) return Date.prototype.getTime.call(value);
  if (typeof value !== 'string') return Number.NaN;
  const match = ISO_INSTANT.exec(value);
  if (match === null) return Number.NaN;
  const hasTime = value.length > 10;
  return Date.parse(`${value.replace(' ', 'T')}${hasTime && match[1] === undefined ? 'Z' : ''}`);
}
