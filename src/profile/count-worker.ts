/** Runs in worker threads: decodes files and counts them. See `count-pool.ts`. */
import { workerData } from 'node:worker_threads';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Engine, openEngine } from '../scan/duckdb.ts';
import type { LocatedFile } from '../scan/locate-file.ts';
import { choosesCategories } from '../scan/row-hash.ts';
import { FileScan, selectColumns, type UnreadableColumn } from '../scan/scan-file.ts';
import { mapKeys } from '../scan/training-queries.ts';
import { UnreadableError, unreadable } from '../scan/unreadable.ts';
import { encodeColumnProfile } from './codec.ts';
import type { Counted, CountedFile, CountSetup, CountTask } from './count-pool.ts';
import { type ColumnSpec, type Profile, wantedColumn } from './profile.ts';
import { ProfileBuilder, type RowMask } from './profile-file.ts';
import { rowKeysOf } from './row-key.ts';
import { HOUR_ROWS, SAMPLE_ROWS } from './row-sample.ts';
import type { SeenColumn } from './sightings.ts';
import { fromPlainSpec } from './spec-transfer.ts';

const setup: CountSetup = workerData;
const sets = setup.sets.map(({ specs, owner }) => ({ specs: specs.map(fromPlainSpec), owner }));
// At once: by the time of the first task it is ready.
const engine: Promise<Engine> = openEngine(setup.workspace, setup.limits);

/** What the columns of a set count in some files. */
export default async function count(task: CountTask): Promise<Counted> {
  if (task.alone === undefined) return await countWith((await engine).connection, task);
  const own = await openEngine(setup.workspace, setup.aloneLimits);
  try {
    return await countWith(own.connection, task);
  } finally {
    own.close();
  }
}

async function countWith(connection: DuckDBConnection, { files, set, columns, training }: CountTask): Promise<Counted> {
  const { specs, owner } = sets[set] ?? { specs: [], owner: [] };
  const chosen = columns.flatMap((column) => specs[column] ?? []);
  const request = {
    wanted: chosen.map(wantedColumn),
    featuresColumn: setup.record.features,
    owner,
    nameColumn: setup.record.rowName,
  };
  const scans = files.map((file) => new FileScan(connection, file, selectColumns(file.sources, request)));
  const isPart = columns.length < specs.length;
  const { profile, files: counted } = await countAll(connection, scans, chosen, isPart, training?.firstRow);
  return { files: counted, columns: profile.columns.map(encodeColumnProfile) };
}

/** Rows of training data are numbered over all of its files. */
const TRAINING = 'training data';

/** Counts files together. One that cannot be decoded spoils the count, which then begins again without what is damaged. */
async function countAll(
  connection: DuckDBConnection,
  scans: readonly FileScan[],
  specs: readonly ColumnSpec[],
  isPart: boolean,
  trainingRow: number | undefined,
): Promise<{ profile: Profile; files: CountedFile[] }> {
  const mask = trainingRow === undefined ? undefined : countingHalf(trainingRow);
  const keys = trainingRow === undefined ? undefined : rowKeysOf(TRAINING, trainingRow);
  const readable = new Map<number, FileScan>(scans.entries());
  const causes = new Map<number, string>();
  for (;;) {
    const builder = new ProfileBuilder(specs, mask === undefined ? HOUR_ROWS : SAMPLE_ROWS);
    const counted = new Map<number, CountedFile>();
    let current = 0;
    try {
      for (const [index, scan] of readable) {
        current = index;
        const rows = await builder.add(scan, mask, keys);
        const seen = rows > 0 && mask === undefined ? await columnsOf(connection, scan.file, scan.unreadable) : [];
        counted.set(index, { rows, seen, unreadable: [...scan.unreadable] });
      }
      const files = scans.map((_, index) => counted.get(index) ?? { cause: causes.get(index) ?? 'it was not counted' });
      return { profile: builder.profile(), files };
    } catch (error) {
      const scan = readable.get(current);
      const rest = mask === undefined && scan !== undefined ? await restOf(scan, error, isPart) : unreadable(error);
      if (rest instanceof FileScan) readable.set(current, rest);
      else {
        readable.delete(current);
        causes.set(current, rest.message);
      }
    }
  }
}

/** What of a file can be read though its scan failed; an error where that is nothing. */
async function restOf(scan: FileScan, error: unknown, isPart: boolean): Promise<FileScan | Error> {
  // A scan without what cannot be decoded has been tried: what fails now is the file.
  if (!(error instanceof UnreadableError) || scan.unreadable.length > 0) return unreadable(error);
  return await scan.readableRest(error, isPart).catch((cause: unknown) => unreadable(cause));
}

async function columnsOf(
  connection: DuckDBConnection,
  file: LocatedFile,
  left: readonly UnreadableColumn[],
): Promise<SeenColumn[]> {
  const seen: SeenColumn[] = [];
  for (const source of file.sources) {
    const { name, kind, typeName, valueKind } = source;
    if (name !== setup.record.features || kind !== 'map') seen.push({ name, kind, type: typeName });
    else if (!left.some((column) => column.name === name)) {
      // Where it cannot be decoded, no watched column is in it: the scan would have failed.
      const keys = await mapKeys(connection, file.path, source).catch(() => []);
      seen.push(...keys.map((key) => ({ name: key, kind: valueKind, type: typeName })));
    }
  }
  return seen;
}

/**
 * Of training data, categories and directions are counted on the other half of the rows than the one they were chosen on: on
 * the same rows they fit too well, and reports without drift would alarm.
 */
function countingHalf(fileStart: number): RowMask {
  return (batch, firstRow) => {
    const first = fileStart + firstRow;
    const counting = Uint8Array.from({ length: batch.rows }, (_, row) => (choosesCategories(first + row) ? 0 : 1));
    return (spec) => (spec.type === 'numeric' ? undefined : counting);
  };
}
