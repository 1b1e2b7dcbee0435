import { types } from 'node:util';
import type { ColumnType, Snapshot } from './column-type.ts';

/** Longer lists are no embedding, and a `length` that lies must not stop the process. */
const MAX_ELEMENTS = 65_536;

/** What is logged in place of a value that no column type can hold. */
export const UNLOGGABLE = Symbol('unloggable');

/**
 * Copies what the caller could still change. May throw where the value does (a getter, a revoked proxy). `number[]` becomes
 * a `Float32Array` unless the column is known to be `list<double>` or an element does not fit.
 */
export function snapshot(value: unknown, type: ColumnType | undefined): Snapshot | typeof UNLOGGABLE {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'bigint':
      return value;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : snapshotObject(value, type);
    default:
      return UNLOGGABLE;
  }
}

function snapshotObject(value: object, type: ColumnType | undefined): Snapshot | typeof UNLOGGABLE {
  if (Array.isArray(value)) return snapshotArray(value, type);
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value));
  if (!types.isFloat32Array(value) && !types.isFloat64Array(value)) return UNLOGGABLE;
  if (value.length > MAX_ELEMENTS) return UNLOGGABLE;
  return types.isFloat32Array(value) ? new Float32Array(value) : new Float64Array(value);
}

function snapshotArray(array: readonly unknown[], type: ColumnType | undefined): Snapshot | typeof UNLOGGABLE {
  const { length } = array;
  if (!(length <= MAX_ELEMENTS)) return UNLOGGABLE;
  const floats = new Float32Array(type === 'list<double>' ? 0 : length);
  const doubles = new Float64Array(length);
  let fits = type !== 'list<double>';
  let withNulls: (number | null)[] | undefined;
  for (let i = 0; i < length; i++) {
    const element = array[i];
    if (typeof element === 'number') {
      doubles[i] = element;
      if (withNulls !== undefined) withNulls.push(element);
      else if (fits) {
        floats[i] = element;
        fits = Number.isFinite(floats[i]) || !Number.isFinite(element);
      }
    } else if (element === null || element === undefined) {
      withNulls ??= Array.from(doubles.subarray(0, i));
      withNulls.push(null);
    } else {
      return UNLOGGABLE;
    }
  }
  return withNulls ?? (fits ? floats : doubles);
}

/** About how many bytes the snapshot keeps in memory. */
export function sizeOf(value: Snapshot): number {
  if (typeof value === 'string') return 24 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Date) return 32;
  return 96 + (Array.isArray(value) ? 8 * value.length : value.byteLength);
}
