import { isRowLabel, pandasNotes } from './pandas.ts';
import type { ParquetMetadata, SchemaNode } from './parquet-metadata.ts';

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
  /** Its writer called it a category, whatever its type is. */
  readonly isCategory: boolean;
  /** Position in the file, then positions within structs, all 1-based. No name from a log ever reaches SQL. */
  readonly path: readonly number[];
  /** The column's leaves among the file's column chunks: `[from, to)`. */
  readonly leaves: readonly [from: number, to: number];
}

interface Walk {
  leaf: number;
  readonly categories: ReadonlySet<string>;
  readonly found: SourceColumn[];
}

/**
 * The columns of a Parquet file, structs taken apart, row labels of pandas left out. `featuresColumn` names the struct whose
 * fields are features by their own names. Names may be empty, repeated, or differ only in case. `columnNames` stand for the
 * names of the top-level columns.
 */
export function sourceColumns(
  metadata: ParquetMetadata,
  featuresColumn: string,
  columnNames?: readonly string[],
): SourceColumn[] {
  const notes = pandasNotes(metadata.keyValues);
  const walk: Walk = { leaf: 0, categories: notes.categories, found: [] };
  metadata.columns.forEach((node, index) => {
    const name = columnNames?.[index] ?? node.name;
    if (isRowLabel(name, notes)) walk.leaf += leafCount(node);
    else visit(node, name, name === featuresColumn ? '' : `${name}.`, [index + 1], walk);
  });
  return walk.found;
}

function visit(node: SchemaNode, name: string, fieldPrefix: string, path: readonly number[], walk: Walk): void {
  const from = walk.leaf;
  const described = describe(node);
  if (described.kind === 'struct') {
    node.children.forEach((child, index) => {
      const childName = `${fieldPrefix}${child.name}`;
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
    isCategory: path.length === 1 && walk.categories.has(name),
    path,
    leaves: [from, walk.leaf],
  });
}

function leafCount(node: SchemaNode): number {
  return node.children.length === 0 ? 1 : node.children.reduce((sum, child) => sum + leafCount(child), 0);
}

interface Description {
  readonly kind: SourceKind | 'struct';
  readonly precision: Precision;
  readonly typeName: string;
  readonly valueKind?: SourceKind;
}

function describe(node: SchemaNode): Description {
  const { annotation, children } = node;
  if (node.repetition === 'REPEATED') return list({ ...node, repetition: 'REQUIRED' });
  if (annotation === 'LIST') return list(listElement(node));
  if (annotation === 'MAP' || annotation === 'MAP_KEY_VALUE') return map(node);
  if (children.length > 0) {
    const kind = annotation === 'VARIANT' ? 'unsupported' : 'struct';
    return { kind, precision: 'float64', typeName: kind === 'struct' ? 'struct' : 'VARIANT' };
  }
  const typeName = annotation === undefined ? String(node.type) : `${node.type} (${annotation})`;
  return { kind: leafKind(node), precision: precisionOf(node), typeName };
}

function list(item: SchemaNode | undefined): Description {
  const inner = item === undefined ? undefined : describe(item);
  const typeName = `list of ${inner?.typeName ?? 'nothing'}`;
  const isNumbers = inner?.kind === 'number';
  return { kind: isNumbers ? 'number-list' : 'unsupported', precision: inner?.precision ?? 'float64', typeName };
}

function map(node: SchemaNode): Description {
  const [key, value] = (node.children[0]?.children ?? []).map(describe);
  if (key?.kind !== 'text' || value === undefined || value.kind === 'struct') {
    return { kind: 'unsupported', precision: 'float64', typeName: `map of ${key?.typeName ?? 'nothing'}` };
  }
  const typeName = `map of ${key.typeName} to ${value.typeName}`;
  return { kind: 'map', precision: value.precision, typeName, valueKind: value.kind };
}

/** Two-level and three-level lists, by the compatibility rules of the Parquet format's LogicalTypes.md. */
function listElement(node: SchemaNode): SchemaNode | undefined {
  const repeated = node.children[0];
  if (repeated === undefined) return undefined;
  if (repeated.children.length === 1) return repeated.children[0];
  return { ...repeated, repetition: 'REQUIRED' };
}

function leafKind({ type, annotation }: SchemaNode): SourceKind {
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
  switch (type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INT96':
      return 'temporal';
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
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

function precisionOf({ type, annotation }: SchemaNode): Precision {
  if (annotation === 'FLOAT16') return 'float16';
  return type === 'FLOAT' ? 'float32' : 'float64';
}
