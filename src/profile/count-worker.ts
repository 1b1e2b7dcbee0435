/** Runs in worker threads: decodes files and counts them. See `count-pool.ts`. */
import { workerData } from 'node:worker_threads';
import type { DuckDBConnection } from '@duckdb/node-api';
import { isRecordColumn } from '../config/record-columns.ts';
import { type Engine, openEngine } from '../scan/duckdb.ts';
import type { LocatedFile } from '../scan/locate-file.ts';
import { choosesCategories } from '../scan/row-hash.ts';
import { FileScan, selectColumns, type UnreadableColumn } from '../scan/scan-file.ts';
import { mapKeys } from '../scan/training-queries.ts';
import { UnreadableError, unreadable } from '../scan/unreadable.ts';
import { encodeColumnProfile } from './codec.ts';
import type { Counted, CountSetup, CountTask } from './count-pool.ts';
import { type ColumnSpec, type Profile, wantedColumn } from './profile.ts';
import { profileFile, type RowMask } from './profile-file.ts';
import type { SeenColumn } from './sightings.ts';
import { fromPlainSpec } from './spec-transfer.ts';

const setup: CountSetup = workerData;
const sets = setup.sets.map(({ specs, owner }) => ({ specs: specs.map(fromPlainSpec), owner }));
// At once: by the time of the first task it is ready.
const engine: Promise<Engine> = openEngine(setup.workspace, setup.limits);

/** What the columns of a set count in a file. */
export default async function count({ file, set, columns, training }: CountTask): Promise<Counted> {
  const { connection } = await engine;
  const { specs, owner } = sets[set] ?? { specs: [], owner: [] };
  const chosen = columns.flatMap((column) => specs[column] ?? []);
  const request = { wanted: chosen.map(wantedColumn), featuresColumn: setup.record.features, owner };
  const scan = new FileScan(connection, file, selectColumns(file.sources, request));
  try {
    const { profile, left } = await profileReadable(scan, chosen, training?.firstRow);
    const seen = profile.rows > 0 && training === undefined ? await columnsOf(connection, file, left) : [];
    return { rows: profile.rows, columns: profile.columns.map(encodeColumnProfile), seen, unreadable: [...left] };
  } catch (error) {
    return { cause: unreadable(error).message };
  }
}

async function columnsOf(
  connection: DuckDBConnection,
  file: LocatedFile,
  left: readonly UnreadableColumn[],
): Promise<SeenColumn[]> {
  const { record } = setup;
  const seen: SeenColumn[] = [];
  for (const source of file.sources) {
    const { name, kind, typeName, valueKind } = source;
    if (name === record.features && kind === 'map') {
      if (left.some((column) => column.name === name)) continue;
      // Where it cannot be decoded, no watched column is in it: the scan would have failed.
      const keys = await mapKeys(connection, file.path, source).catch(() => []);
      seen.push(...keys.map((key) => ({ name: key, kind: valueKind, type: typeName })));
    } else if (!isRecordColumn(record, name) || name === record.prediction || name === record.confidence) {
      seen.push({ name, kind, type: typeName });
    }
  }
  return seen;
}

async function profileReadable(
  scan: FileScan,
  specs: readonly ColumnSpec[],
  firstRow: number | undefined,
): Promise<{ profile: Profile; left: readonly UnreadableColumn[] }> {
  const mask = firstRow === undefined ? undefined : countingHalf(firstRow);
  try {
    return { profile: await profileFile(scan, specs, mask), left: [] };
  } catch (error) {
    // Half a baseline is none: of training data every column has to be readable.
    if (!(error instanceof UnreadableError) || mask !== undefined) throw error;
    const rest = await scan.readableRest(error);
    return { profile: await profileFile(rest, specs, mask), left: rest.unreadable };
  }
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
