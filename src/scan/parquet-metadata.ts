import type { ConvertedType, FieldRepetitionType, ParquetType } from 'hyparquet';
import { ConvertedTypes, FieldRepetitionTypes, ParquetTypes } from 'hyparquet/src/constants.js';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';

/** A column, or a group of them, in the schema of a Parquet file. */
export interface SchemaNode {
  readonly name: string;
  readonly repetition: FieldRepetitionType;
  /** Undefined for a group. */
  readonly type: ParquetType | undefined;
  /** The logical type, or where there is none the converted type of older writers. */
  readonly annotation: LogicalTypeName | ConvertedType | undefined;
  readonly children: readonly SchemaNode[];
}

/** The bytes of one column in one row group. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface RowGroup {
  readonly rows: number;
  /** By leaf of the schema; undefined where it is encrypted. */
  readonly chunks: readonly (ByteRange | undefined)[];
}

/** What a scan needs of a Parquet footer. */
export interface ParquetMetadata {
  readonly columns: readonly SchemaNode[];
  readonly rows: number;
  readonly rowGroups: readonly RowGroup[];
  /** Free text of writers, by key. */
  readonly keyValues: ReadonlyMap<string, string>;
}

/**
 * Decodes a footer (parquet.thrift, `FileMetaData`). Statistics are passed over: they are not needed, and what some writers
 * put there must not make a file unreadable. Throws where the rest is not as the format wants it.
 */
export function parquetMetadata(footer: Uint8Array): ParquetMetadata {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  const file: Thrift = deserializeTCompactProtocol({ view, offset: 0 });
  const columns = schemaOf(structs(file.field_2));
  const rowGroups = structs(file.field_4).map(rowGroup);
  const rows = size(file.field_3);
  const counted = rowGroups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== counted) throw new Error(`it promises ${rows} rows, and its row groups ${counted}`);
  const keyValues = new Map(
    structs(file.field_5 ?? []).map((pair) => [
      text(pair.field_1),
      pair.field_2 === undefined ? '' : text(pair.field_2),
    ]),
  );
  return { columns, rows, rowGroups, keyValues };
}

/** A struct as the Thrift decoder gives it: nothing in it can be relied on. */
type Thrift = { readonly [field: `field_${number}`]: unknown };

/** The elements are listed depth first, each with the number of its children. */
function schemaOf(elements: readonly Thrift[]): readonly SchemaNode[] {
  let next = 0;
  const read = (): SchemaNode => {
    const element = elements[next];
    if (element === undefined) throw new Error('its schema breaks off');
    next += 1;
    const children: SchemaNode[] = [];
    const count = element.field_5 === undefined ? 0 : size(element.field_5);
    while (children.length < count) children.push(read());
    return {
      name: text(element.field_4),
      repetition: nameOf(FieldRepetitionTypes, element.field_3) ?? 'REQUIRED',
      type: children.length > 0 ? undefined : nameOf(ParquetTypes, element.field_1),
      annotation: logicalType(element.field_10) ?? nameOf(ConvertedTypes, element.field_6),
      children,
    };
  };
  const { children } = read();
  if (children.length === 0) throw new Error('it has no columns');
  return children;
}

/** parquet.thrift, `LogicalType`. */
const LOGICAL_TYPES = [
  ['field_1', 'STRING'],
  ['field_2', 'MAP'],
  ['field_3', 'LIST'],
  ['field_4', 'ENUM'],
  ['field_5', 'DECIMAL'],
  ['field_6', 'DATE'],
  ['field_7', 'TIME'],
  ['field_8', 'TIMESTAMP'],
  ['field_10', 'INTEGER'],
  ['field_11', 'NULL'],
  ['field_12', 'JSON'],
  ['field_13', 'BSON'],
  ['field_14', 'UUID'],
  ['field_15', 'FLOAT16'],
  ['field_16', 'VARIANT'],
  ['field_17', 'GEOMETRY'],
  ['field_18', 'GEOGRAPHY'],
] as const;
type LogicalTypeName = (typeof LOGICAL_TYPES)[number][1];

function logicalType(value: unknown): LogicalTypeName | undefined {
  if (value === undefined) return undefined;
  const union = struct(value);
  return LOGICAL_TYPES.find(([field]) => union[field] !== undefined)?.[1];
}

function rowGroup(group: Thrift): RowGroup {
  const chunks = structs(group.field_1).map(({ field_3: metadata, field_8: encryption }) =>
    metadata === undefined || encryption !== undefined ? undefined : chunkRange(struct(metadata)),
  );
  return { rows: size(group.field_3), chunks };
}

function chunkRange({ field_7: bytes, field_9: dataPage, field_11: dictionaryPage }: Thrift): ByteRange {
  // Some writers put 0 for "no dictionary page".
  const offsets = [dataPage, dictionaryPage].flatMap((offset) => (offset === undefined ? [] : integer(offset)));
  const start = Math.min(...offsets.filter((offset) => offset > 0));
  return { start, end: start + integer(bytes) };
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function text(value: unknown): string {
  if (!(value instanceof Uint8Array)) throw new TypeError('a text is missing');
  return utf8.decode(value);
}

function integer(value: unknown): number {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw new TypeError('a number is missing');
  return Number(value);
}

function size(value: unknown): number {
  const number = integer(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`it counts ${number} of something`);
  return number;
}

function struct(value: unknown): Thrift {
  if (!isStruct(value)) throw new TypeError('a struct is missing');
  return value;
}

function isStruct(value: unknown): value is Thrift {
  return typeof value === 'object' && value !== null;
}

function structs(value: unknown): readonly Thrift[] {
  if (!Array.isArray(value)) throw new TypeError('a list is missing');
  return value.map(struct);
}

function nameOf<Name>(names: readonly Name[], index: unknown): Name | undefined {
  return typeof index === 'number' ? names[index] : undefined;
}
