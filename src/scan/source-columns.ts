import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { parquetSchema } from 'hyparquet';

/** What a Parquet column holds, as far as drift is concerned. `null`: a column that was written without a type. */
export type SourceKind =
  | 'number'
  | 'temporal'
  | 'boolean'
  | 'text'
  | 'binary'
  | 'number-list'
  | 'map'
  | 'null'
  | 'unsupported';

/** The coarsest floating-point format that the values of a column went through. */
export type Precision = 'float64' | 'float32' | 'float16';

export interface SourceColumn {
  /** As the log names it: a field of `features` by its own name, a field of another struct as `struct.field`. */
  readonly name: string;
  readonly kind: SourceKind;
  readonly precision: Precision;
  /** For people: `FLOAT`, `BYTE_ARRAY (STRING)`, `list of DOUBLE`. */
  readonly typeName: string;
  /** Of a map: what its values are. */
  readonly valueKind: SourceKind;
  /** Position in the file, then positions within structs, all 1-based. No name from a log ever reaches SQL. */
  readonly path: readonly number[];
  /** The column's leaves among the file's column chunks: `[from, to)`. */
  readonly leaves: readonly [from: number, to: number];
}

interface Walk {
  leaf: number;
  readonly found: SourceColumn[];
}

/**
 * The columns of a Parquet file, structs taken apart. `featuresColumn` names the struct whose fields are features by their
 * own names. Names may be empty, repeated, or differ only in case. `columnNames` stand for the names of the top-level columns.
 */
export function sourceColumns(
  metadata: FileMetaData,
  featuresColumn: string,
  columnNames?: readonly string[],
): SourceColumn[] {
  const walk: Walk = { leaf: 0, found: [] };
  parquetSchema(metadata).children.forEach((node, index) => {
    const name = columnNames?.[index] ?? node.element.name;
    visit(node, name, name === featuresColumn ? '' : `${name}.`, [index + 1], walk);
  });
  return walk.found;
}

function visit(node: SchemaTree, name: string, fieldPrefix: string, path: readonly number[], walk: Walk): void {
  const from = walk.leaf;
  const described = describe(node);
  if (described.kind === 'struct') {
    node.children.forEach((child, index) => {
      const childName = `${fieldPrefix}${child.element.name}`;
      visit(child, childName, `${childName}.`, [...path, index + 1], walk);
    });
    return;
  }
  walk.leaf += leafCount(node);
  const { kind, precision, typeName, valueKind } = described;
  walk.found.push({
    name,
    kind,
    precision,
    typeName,
    valueKind: valueKind ?? 'unsupported',
    path,
    leaves: [from, walk.leaf],
  });
}

function leafCount(node: SchemaTree): number {
  return node.children.length === 0 ? 1 : node.children.reduce((sum, child) => sum + leafCount(child), 0);
}

interface Description {
  readonly kind: SourceKind | 'struct';
  readonly precision: Precision;
  readonly typeName: string;
  readonly valueKind?: SourceKind;
}

function describe(node: SchemaTree): Description {
  const { element, children } = node;
  const annotation = element.logical_type?.type ?? element.converted_type;
  if (element.repetition_type === 'REPEATED')
    return list(children.length === 0 ? { ...node, element: single(element) } : node);
  if (annotation === 'LIST') return list(listElement(node));
  if (annotation === 'MAP' || annotation === 'MAP_KEY_VALUE') return map(node);
  if (children.length > 0) {
    const kind = annotation === 'VARIANT' ? 'unsupported' : 'struct';
    return { kind, precision: 'float64', typeName: kind === 'struct' ? 'struct' : 'VARIANT' };
  }
  const typeName = annotation === undefined ? String(element.type) : `${element.type} (${annotation})`;
  return { kind: leafKind(element, annotation), precision: precisionOf(element, annotation), typeName };
}

function single(element: SchemaElement): SchemaElement {
  return { ...element, repetition_type: 'REQUIRED' };
}

function list(item: SchemaTree | undefined): Description {
  const inner = item === undefined ? undefined : describe(item);
  const typeName = `list of ${inner?.typeName ?? 'nothing'}`;
  const isNumbers = inner?.kind === 'number';
  return { kind: isNumbers ? 'number-list' : 'unsupported', precision: inner?.precision ?? 'float64', typeName };
}

function map(node: SchemaTree): Description {
  const [key, value] = (node.children[0]?.children ?? []).map(describe);
  if (key?.kind !== 'text' || value === undefined || value.kind === 'struct') {
    return { kind: 'unsupported', precision: 'float64', typeName: `map of ${key?.typeName ?? 'nothing'}` };
  }
  const typeName = `map of ${key.typeName} to ${value.typeName}`;
  return { kind: 'map', precision: value.precision, typeName, valueKind: value.kind };
}

/** Two-level and three-level lists, by the compatibility rules of the Parquet format's LogicalTypes.md. */
function listElement(node: SchemaTree): SchemaTree | undefined {
  const repeated = node.children[0];
  if (repeated === undefined) return undefined;
  if (repeated.children.length === 1) return repeated.children[0];
  return { ...repeated, element: single(repeated.element) };
}

function leafKind(element: SchemaElement, annotation: string | undefined): SourceKind {
  switch (annotation) {
    case 'NULL':
      return 'null';
    case 'STRING':
    case 'UTF8':
    case 'ENUM':
    case 'JSON':
    case 'UUID':
      return 'text';
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIME_MILLIS':
    case 'TIME_MICROS':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
      return 'temporal';
    case 'INTERVAL':
    case 'BSON':
    case 'GEOMETRY':
    case 'GEOGRAPHY':
      return 'unsupported';
    case 'DECIMAL':
    case 'FLOAT16':
      return 'number';
  }
  switch (element.type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INT96':
      return 'temporal';
    case 'BYTE_ARRAY':
      return 'binary';
    case 'INT32':
    case 'INT64':
    case 'FLOAT':
    case 'DOUBLE':
      return 'number';
    default:
      return 'unsupported';
  }
}

function precisionOf(element: SchemaElement, annotation: string | undefined): Precision {
  if (annotation === 'FLOAT16') return 'float16';
  return element.type === 'FLOAT' ? 'float32' : 'float64';
}
