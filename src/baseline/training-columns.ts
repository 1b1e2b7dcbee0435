import { isRecordColumn, type RecordColumns } from '../config/record-columns.ts';
import type { ColumnSettings } from '../config/settings.ts';
import type { Precision, SourceColumn, SourceKind } from '../scan/source-columns.ts';
import type { BaselineKind, Role } from './baseline.ts';

/** A column of the training data over all its files. */
export interface TrainingColumn {
  readonly name: string;
  readonly role: Role;
  readonly type: 'numeric' | 'categorical' | 'embedding';
  /** The configuration says what to take it for. */
  readonly asked: boolean;
  /** Types in the files, for people. */
  readonly source: string;
  readonly kind: BaselineKind;
  readonly precision: Precision;
  /** By file; undefined where a file lacks the column. `inMap`: the column is a key of that map. */
  readonly parts: readonly ({ readonly source: SourceColumn; readonly inMap: boolean } | undefined)[];
}

export interface LeftOut {
  readonly name: string;
  readonly source: string;
  readonly reason: string;
}

/** The columns of one file: its own, and the keys of its map of features. */
export interface FileColumns {
  readonly sources: readonly SourceColumn[];
  readonly mapKeys: readonly string[];
}

/** Which columns of the training data are watched, as what, and which are left out and why. In the order of the files. */
export function understandColumns(
  files: readonly FileColumns[],
  record: RecordColumns,
  overrides: Readonly<Record<string, ColumnSettings>>,
): { columns: TrainingColumn[]; leftOut: LeftOut[] } {
  const columns: TrainingColumn[] = [];
  const leftOut: LeftOut[] = repeatedColumns(files);
  for (const [name, parts] of partsByName(files, record.features)) {
    const kinds = parts.flatMap((part) =>
      part === undefined ? [] : [part.inMap ? part.source.valueKind : part.source.kind],
    );
    const source = [...new Set(parts.flatMap((part) => part?.source.typeName ?? []))].join(', ');
    const asked = Object.hasOwn(overrides, name) ? overrides[name]?.type : undefined;
    const reason = reasonToLeaveOut(name, kinds, record, asked);
    if (reason !== undefined) {
      leftOut.push({ name, source, reason });
      continue;
    }
    const kind = commonKind(kinds);
    const isCategory = parts.every((part) => part === undefined || part.source.isCategory);
    const type = asked ?? (isCategory && kind === 'number' ? 'categorical' : typeOf(kind));
    if (type === 'ignore' || type === undefined || !isBaselineKind(kind)) {
      leftOut.push({ name, source, reason: type === 'ignore' ? 'ignored by configuration' : whyNot(kind) });
      continue;
    }
    columns.push({
      name,
      role: name === record.prediction ? 'prediction' : name === record.confidence ? 'confidence' : 'feature',
      type,
      asked: asked !== undefined,
      source,
      kind,
      precision: coarsest(parts.flatMap((part) => part?.source.precision ?? [])),
      parts,
    });
  }
  return { columns, leftOut };
}

/** A file may have several columns of a name, of which a scan finds the first. */
function repeatedColumns(files: readonly FileColumns[]): LeftOut[] {
  const repeated = files.flatMap(({ sources }) =>
    sources.filter(({ name }, index) => sources.findIndex((source) => source.name === name) < index),
  );
  const byName = new Map(repeated.map((source) => [source.name, source]));
  return [...byName.values()].map(({ name, typeName }) => {
    return { name, source: typeName, reason: 'another column before it has the same name' };
  });
}

function partsByName(files: readonly FileColumns[], featuresColumn: string) {
  const names = new Map<string, ({ source: SourceColumn; inMap: boolean } | undefined)[]>();
  files.forEach(({ sources, mapKeys }, file) => {
    const put = (name: string, source: SourceColumn, inMap: boolean) => {
      const parts = names.get(name) ?? Array.from({ length: files.length }, () => undefined);
      // The first column of a name counts, as in a scan.
      parts[file] ??= { source, inMap };
      names.set(name, parts);
    };
    const map = sources.find(({ name, kind }) => name === featuresColumn && kind === 'map');
    for (const source of sources) if (source !== map) put(source.name, source, false);
    if (map !== undefined) for (const key of mapKeys) put(key, map, true);
  });
  return names;
}

function reasonToLeaveOut(
  name: string,
  kinds: readonly SourceKind[],
  record: RecordColumns,
  asked: ColumnSettings['type'],
): string | undefined {
  const isOutput = name === record.prediction || name === record.confidence;
  const isFeature = asked !== undefined && asked !== 'ignore';
  // A list or a number called `features` is a feature; a struct or map of that name has been taken apart.
  if (!isOutput && !isFeature && name !== record.features && isRecordColumn(record, name))
    return 'part of the log record';
  return kinds.every((kind) => kind === 'null') && !isFeature ? 'has no type: every value is missing' : undefined;
}

/** Text wins over everything, as every value can be read as one. */
function commonKind(kinds: readonly SourceKind[]): SourceKind {
  const typed = new Set(kinds.filter((kind) => kind !== 'null'));
  const [only] = typed;
  if (typed.size === 1 && only !== undefined) return only;
  for (const kind of ['unsupported', 'map', 'number-list', 'binary', 'text'] as const) if (typed.has(kind)) return kind;
  return 'number';
}

function typeOf(kind: SourceKind): TrainingColumn['type'] | undefined {
  switch (kind) {
    case 'number':
    case 'temporal':
      return 'numeric';
    case 'boolean':
    case 'text':
    case 'binary':
      return 'categorical';
    case 'number-list':
      return 'embedding';
    default:
      return undefined;
  }
}

function isBaselineKind(kind: SourceKind): kind is BaselineKind {
  return kind !== 'unsupported' && kind !== 'map' && kind !== 'null';
}

function whyNot(kind: SourceKind): string {
  return kind === 'map' ? 'a map that is not the column of features' : 'a type that is not watched';
}

function coarsest(precisions: readonly Precision[]): Precision {
  for (const precision of ['float16', 'float32'] as const) if (precisions.includes(precision)) return precision;
  return 'float64';
}
