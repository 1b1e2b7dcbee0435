import type { DuckDBConnection } from '@duckdb/node-api';
import { type Batch, streamBatches, streamChosen } from './batches.ts';
import type { LocatedFile } from './locate-file.ts';
import { type OwnerColumn, otherValues, rowNames, scanQuery } from './query.ts';
import type { SourceColumn } from './source-columns.ts';
import { TOO_LITTLE_MEMORY, UnreadableError, unreadable } from './unreadable.ts';
import { type FoundColumn, findColumns, type WantedColumn } from './wanted.ts';

/** Which rows belong: those whose columns, where the file has them, say nothing or say this. */
export type RowOwner = readonly { readonly column: string; readonly value: string }[];

/** Most columns of a request: DuckDB holds buffers for each while it decodes, however few rows there are. */
export const COLUMNS_AT_ONCE = 200;

/** What to read of a file. */
export interface ScanRequest {
  readonly wanted: readonly WantedColumn[];
  /** The struct or map of features. */
  readonly featuresColumn: string;
  readonly owner: RowOwner;
  /** The column that names rows, where one is configured. */
  readonly nameColumn?: string | undefined;
}

/** A column of a file that cannot be decoded, though others can, and why. */
export interface UnreadableColumn {
  readonly name: string;
  readonly cause: string;
}

/** What a request finds in a file. */
interface Selection {
  readonly found: readonly FoundColumn[];
  readonly owners: readonly OwnerColumn[];
  readonly names?: SourceColumn | undefined;
}

/** Where in a file the columns of a request are. */
export function selectColumns(sources: readonly SourceColumn[], request: ScanRequest): Selection {
  return {
    found: findColumns(request.wanted, sources, request.featuresColumn),
    owners: request.owner.flatMap(({ column, value }): OwnerColumn[] => {
      const source = sources.find(({ name }) => name === column);
      return source === undefined ? [] : [{ source, value }];
    }),
    names: nameColumnOf(sources, request),
  };
}

/** The column of a file that names its rows; a key of a map does not. */
export function nameColumnOf(
  sources: readonly SourceColumn[],
  { nameColumn }: Pick<ScanRequest, 'nameColumn'>,
): SourceColumn | undefined {
  const source = nameColumn === undefined ? undefined : sources.find(({ name }) => name === nameColumn);
  return source?.kind === 'map' ? undefined : source;
}

/** One request's scan of one file, which must be there until the scan is done. */
export class FileScan {
  readonly file: LocatedFile;
  /** In the order of `ScanRequest.wanted`. */
  readonly found: readonly FoundColumn[];
  /** What `readableRest` left out: every value is missing. */
  readonly unreadable: readonly UnreadableColumn[];
  readonly #connection: DuckDBConnection;
  readonly #owners: readonly OwnerColumn[];
  readonly #names: SourceColumn | undefined;

  constructor(
    connection: DuckDBConnection,
    file: LocatedFile,
    { found, owners, names }: Selection,
    unreadable: readonly UnreadableColumn[] = [],
  ) {
    this.file = file;
    this.found = found;
    this.unreadable = unreadable;
    this.#connection = connection;
    this.#owners = owners;
    this.#names = names;
  }

  /** Streams the batches in row order. Rejects with `UnreadableError` when the file cannot be decoded. */
  async *batches(): AsyncGenerator<Batch> {
    try {
      yield* await this.#stream(this.found, this.#owners);
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** Streams only rows that an SQL condition of the row's number in the file holds for; rejects as `batches`. */
  async *batchesWhere(condition: (row: string) => string): AsyncGenerator<Batch> {
    try {
      const { path, filler } = this.file;
      const rows = { numbering: this.file, condition };
      const query = await scanQuery(this.#connection, path, this.found, this.#owners, filler, rows);
      yield* streamChosen(this.#connection, query);
    } catch (error) {
      throw unreadable(error);
    }
  }

  /**
   * After `batches` rejected with `error`: a scan without the columns that cannot be decoded. Rejects where they are not to
   * blame, nothing else is there to read, or they say whose rows they are. `isPart`: the file has other columns, which are
   * counted elsewhere; then one that needs too much memory alone is left out as well.
   */
  async readableRest(error: UnreadableError, isPart: boolean): Promise<FileScan> {
    for (const owner of this.#owners) {
      const cause = await this.#causeIn(owner.source, [], [owner]);
      if (cause !== undefined) throw new UnreadableError(`its column '${owner.source.name}': ${cause}`);
    }
    const causes = new Map<SourceColumn, string>();
    const sources = new Map(
      this.found.flatMap((column) => (column.source === undefined ? [] : [[column.source, column]])),
    );
    for (const [source, column] of sources) {
      const cause = await this.#causeIn(source, [column], []);
      if (cause !== undefined) causes.set(source, cause);
    }
    const othersAreThere = isPart && [...causes.values()].every((cause) => cause === TOO_LITTLE_MEMORY);
    const nothingElse = causes.size === sources.size && this.#owners.length === 0 && !othersAreThere;
    if (causes.size === 0 || nothingElse) throw error;
    const found = this.found.map((column) => (isIn(causes, column.source) ? { ...column, source: undefined } : column));
    const left = [...causes].map(([{ name }, cause]) => ({ name, cause }));
    return new FileScan(this.#connection, this.file, { found, owners: this.#owners, names: this.#names }, left);
  }

  /** Of values that have no code, the `limit` with the smallest MD5, and how often they occur. */
  otherValues(column: number, limit: number): Promise<{ readonly value: string; readonly count: number }[]> {
    const asked = this.found[column];
    if (asked === undefined) return Promise.resolve([]);
    return otherValues(this.#connection, this.file.path, asked, this.#owners, limit).catch((error: unknown) => {
      throw unreadable(error);
    });
  }

  /** What the file calls some of its rows, by their number; nothing where no column does, or it cannot be read. */
  async namesOf(rows: readonly number[]): Promise<ReadonlyMap<number, string>> {
    if (this.#names === undefined || rows.length === 0) return new Map();
    return await rowNames(this.#connection, this.file, this.#names, rows).catch(() => new Map());
  }

  async #stream(found: readonly FoundColumn[], owners: readonly OwnerColumn[]): Promise<AsyncGenerator<Batch>> {
    const { path, rowGroupRows, filler } = this.file;
    const query = await scanQuery(this.#connection, path, found, owners, filler);
    return streamBatches(this.#connection, query, rowGroupRows);
  }

  /** Why a column, read alone, cannot be decoded; undefined where it can. */
  async #causeIn(
    { leaves: [from, to] }: SourceColumn,
    found: readonly FoundColumn[],
    owners: readonly OwnerColumn[],
  ): Promise<string | undefined> {
    if (this.file.encryptedLeaves.some((leaf) => leaf >= from && leaf < to)) return 'it is encrypted';
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
