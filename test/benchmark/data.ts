import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { HOUR_MS, hourParts } from '../../src/storage/hour.ts';

/** The last hour of every window that is made here. */
export const LAST_HOUR = Date.parse('2025-12-24T23:00:00Z');

export interface DataSpec {
  readonly rows: number;
  readonly numeric: number;
  readonly categorical: number;
  /** Dimensions of one embedding column; 0 for none. */
  readonly embedding?: number;
  /** Hour partitions, the last of them `LAST_HOUR`. */
  readonly hours: number;
  readonly filesPerHour?: number;
  readonly rowGroupRows?: number;
  readonly trainingRows: number;
}

/**
 * Makes training data and logs of model `m` version `v1` in a directory storage. Seeded: the same data in
 * every run. `trainingColumns`: fewer than the logs have.
 */
export async function makeData(
  root: string,
  spec: DataSpec,
  trainingColumns: Pick<DataSpec, 'numeric' | 'categorical'> = spec,
): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const training = join(root, 'training-data/m/v1');
  mkdirSync(training, { recursive: true });
  await write(connection, { ...spec, ...trainingColumns }, spec.trainingRows, 7, join(training, 'part-0.parquet'));
  const filesPerHour = spec.filesPerHour ?? 1;
  const files = spec.hours * filesPerHour;
  for (let file = 0; file < files; file++) {
    const { year, month, day, hour } = hourParts(
      LAST_HOUR - (spec.hours - 1 - Math.floor(file / filesPerHour)) * HOUR_MS,
    );
    const folder = join(root, `inference-logs/year=${year}/month=${month}/day=${day}/hour=${hour}`);
    mkdirSync(folder, { recursive: true });
    const rows = Math.floor(((file + 1) * spec.rows) / files) - Math.floor((file * spec.rows) / files);
    await write(connection, spec, rows, 1000 + file, join(folder, `part-${file}.parquet`));
  }
  connection.closeSync();
  instance.closeSync();
}

async function write(
  connection: DuckDBConnection,
  spec: DataSpec,
  rows: number,
  seed: number,
  path: string,
): Promise<void> {
  const rowGroup = spec.rowGroupRows === undefined ? '' : `, ROW_GROUP_SIZE ${spec.rowGroupRows}`;
  // Hashes of row and column instead of random(): the same values on any number of threads.
  await connection.run(
    `COPY (SELECT ${columns(spec, seed)} FROM range(${rows}) t(r)) TO '${path}' (FORMAT parquet, COMPRESSION snappy${rowGroup})`,
  );
}

function columns(spec: DataSpec, seed: number): string {
  const uniform = (column: number | string) =>
    `((hash(r * 1000003 + ${seed} * 7919, ${column}) >> 11)::DOUBLE / 9007199254740992)`;
  const normal = (column: number) =>
    `sqrt(-2 * ln(1 - ${uniform(column)})) * cos(2 * pi() * ${uniform(column + 100_000)})`;
  const numeric = Array.from({ length: spec.numeric }, (_, i) => {
    if (i % 9 === 8) return `floor(${uniform(i)} * 20)::INTEGER AS n${i}`;
    if (i % 9 === 7) return `CASE WHEN ${uniform(i)} < 0.5 THEN 0 ELSE ${uniform(i + 50_000)} * 100 END AS n${i}`;
    return `${normal(i)} * ${i + 1} + ${i} AS n${i}`;
  });
  const categorical = Array.from(
    { length: spec.categorical },
    (_, i) => `'v' || floor(${uniform(200_000 + i)} * ${uniform(300_000 + i)} * ${10 + i * 40})::INTEGER AS c${i}`,
  );
  const dimensions = spec.embedding ?? 0;
  const embedding =
    dimensions > 0 ? [`list_transform(range(${dimensions}), d -> (${uniform('d + 400000')} - 0.4)::FLOAT) AS e0`] : [];
  return [...numeric, ...categorical, ...embedding].join(', ');
}
