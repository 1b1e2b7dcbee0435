import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { type Batch, streamBatches } from './batches.ts';
import type { Engine } from './duckdb.ts';
import { readFooter } from './footer.ts';
import { type LocalFile, materialise } from './local-file.ts';
import type { ParquetMetadata } from './parquet-metadata.ts';
import { decodesNothing, type OwnerColumn, otherValues, scanQuery } from './query.ts';
import { type SourceColumn, sourceColumns } from './source-columns.ts';
import { UnreadableError, unreadable } from './unreadable.ts';
import { type FoundColumn, findColumns, type WantedColumn } from './wanted.ts';

/** Which rows belong: those whose columns, where the file has them, say nothing or say this. */
export interface RowOwner {
  readonly columns: { readonly name: string; readonly value: string }[];
}

export interface ScanRequest {
  readonly wanted: readonly WantedColumn[];
  readonly featuresColumn: string;
  readonly owner: RowOwner;
  /** Names of the top-level columns, where the file's own are not the real ones (a CSV file turned into Parquet). */
  readonly columnNames?: readonly string[];
}

/** A column of a file that cannot be decoded, though others can, and why. */
export interface UnreadableColumn {
  readonly name: string;
  readonly cause: string;
}

/** What a file's footer tells before a row is read. */
export interface OpenedFile {
  readonly object: ObjectInfo;
  /** Where DuckDB finds it until it is closed. */
  readonly path: string;
  readonly rows: number;
  /** Top-level columns. */
  readonly width: number;
  readonly sources: readonly SourceColumn[];
  readonly found: readonly FoundColumn[];
  /** What `readableRest` left out: every value is missing. */
  readonly unreadable: readonly UnreadableColumn[];
  /** Streams the batches in row order. Rejects with `UnreadableError` when the file cannot be decoded. */
  batches(): AsyncGenerator<Batch>;
  /**
   * After `batches` rejected with `error`: the same file without the columns that cannot be decoded. Rejects where they are not
   * to blame, nothing else is there to read, or they say whose rows they are.
   */
  readableRest(error: UnreadableError): Promise<OpenedFile>;
  /** Of values that have no code, the `limit` with the smallest MD5, and how often they occur. */
  otherValues(column: number, limit: number): Promise<{ readonly value: string; readonly count: number }[]>;
  /** Bytes fetched from a remote storage. */
  readonly bytesFetched: number;
  close(): Promise<void>;
}

/** Opens a Parquet object for one scan. Rejects with `UnreadableError` where it is none; storage errors pass through. */
export async function openFile(
  engine: Engine,
  store: ObjectStore,
  object: ObjectInfo,
  request: ScanRequest,
): Promise<OpenedFile> {
  const footer = await readFooter(store, object);
  const { metadata } = footer;
  const sources = sourceColumns(metadata, request.featuresColumn, request.columnNames);
  const [filler] = sources;
  if (filler === undefined) throw new UnreadableError('it has no columns');
  const found = findColumns(request.wanted, sources, request.featuresColumn);
  const owners = request.owner.columns.flatMap(({ name, value }): OwnerColumn[] => {
    const source = sources.find((candidate) => candidate.name === name);
    return source === undefined ? [] : [{ source, value }];
  });
  // A map of features is asked for its keys even where no wanted column is one of them.
  const maps = sources.filter(({ name, kind }) => name === request.featuresColumn && kind === 'map');
  const needed = [...found.flatMap(({ source }) => source ?? []), ...owners.map(({ source }) => source), ...maps];
  const file = await materialise(
    engine,
    store,
    object,
    footer,
    leavesOf([...needed, ...(decodesNothing(found, owners) ? [filler] : [])]),
  );
  return new ScannedFile({ engine, object, metadata, sources, filler, file, found, owners, unreadable: [] });
}

function leavesOf(sources: readonly SourceColumn[]): Set<number> {
  const leaves = new Set<number>();
  for (const {
    leaves: [from, to],
  } of sources)
    for (let leaf = from; leaf < to; leaf++) leaves.add(leaf);
  return leaves;
}

interface Parts {
  readonly engine: Engine;
  readonly object: ObjectInfo;
  readonly metadata: ParquetMetadata;
  readonly sources: readonly SourceColumn[];
  /** What is decoded where nothing is asked for. */
  readonly filler: SourceColumn;
  readonly file: LocalFile;
  readonly found: readonly FoundColumn[];
  readonly owners: readonly OwnerColumn[];
  readonly unreadable: readonly UnreadableColumn[];
}

class ScannedFile implements OpenedFile {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get object() {
    return this.#parts.object;
  }

  get path() {
    return this.#parts.file.path;
  }

  get rows() {
    return this.#parts.metadata.rows;
  }

  get width() {
    return this.#parts.metadata.columns.length;
  }

  get sources() {
    return this.#parts.sources;
  }

  get found() {
    return this.#parts.found;
  }

  get unreadable() {
    return this.#parts.unreadable;
  }

  get bytesFetched() {
    return this.#parts.file.bytesFetched;
  }

  async *batches(): AsyncGenerator<Batch> {
    const { file, found, owners } = this.#parts;
    try {
      yield* await this.#stream(found, owners);
    } catch (error) {
      // What was replaced under the scan looks damaged, and is not.
      await file.assertUnchanged();
      throw unreadable(error);
    }
    await file.assertUnchanged();
  }

  async readableRest(error: UnreadableError): Promise<OpenedFile> {
    const { found, owners } = this.#parts;
    for (const owner of owners) {
      const cause = await this.#causeIn(owner.source, [], [owner]);
      if (cause !== undefined) throw new UnreadableError(`its column '${owner.source.name}': ${cause}`);
    }
    const causes = new Map<SourceColumn, string>();
    const sources = new Map(found.flatMap((column) => (column.source === undefined ? [] : [[column.source, column]])));
    for (const [source, column] of sources) {
      const cause = await this.#causeIn(source, [column], []);
      if (cause !== undefined) causes.set(source, cause);
    }
    const nothingElse = causes.size === sources.size && owners.length === 0;
    if (causes.size === 0 || nothingElse) throw error;
    return new ScannedFile({
      ...this.#parts,
      found: found.map((column) => (isIn(causes, column.source) ? { ...column, source: undefined } : column)),
      unreadable: [...causes].map(([{ name }, cause]) => ({ name, cause })),
    });
  }

  otherValues(column: number, limit: number) {
    const { engine, file, found, owners } = this.#parts;
    const asked = found[column];
    return asked === undefined ? Promise.resolve([]) : otherValues(engine.connection, file.path, asked, owners, limit);
  }

  close(): Promise<void> {
    return this.#parts.file.dispose();
  }

  async #stream(found: readonly FoundColumn[], owners: readonly OwnerColumn[]): Promise<AsyncGenerator<Batch>> {
    const { engine, file, filler, metadata } = this.#parts;
    const query = await scanQuery(engine.connection, file.path, found, owners, filler);
    return streamBatches(engine.connection, query, metadata);
  }

  /** Why a column, read alone, cannot be decoded; undefined where it can. */
  async #causeIn(
    { leaves: [from, to] }: SourceColumn,
    found: readonly FoundColumn[],
    owners: readonly OwnerColumn[],
  ): Promise<string | undefined> {
    const { rowGroups } = this.#parts.metadata;
    if (rowGroups.some(({ chunks }) => chunks.slice(from, to).includes(undefined))) return 'it is encrypted';
    try {
      for await (const _ of await this.#stream(found, owners));
      return undefined;
    } catch (error) {
      return unreadable(error).message;
    }
  }
}

function isIn(causes: ReadonlyMap<SourceColumn, string>, source: SourceColumn | undefined): boolean {
  return source !== undefined && causes.has(source);
}
