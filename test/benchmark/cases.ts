import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DataSpec, LAST_HOUR, makeData } from './data.ts';
import { judgeCase } from './judge.ts';
import { type Measured, measure } from './measure.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const BOUND = fileURLToPath(new URL('./bound.ts', import.meta.url));

export interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMib: number;
  /** Values decoded a second, where the case reads rows. */
  readonly valuesPerSecond?: number;
  /** To the bound measured in the same run. */
  readonly ratio?: number;
  readonly note?: string;
}

export interface Bench {
  readonly folder: string;
  readonly runs: number;
  /** Divides the rows of every case: for trying the bench out. */
  readonly scale: number;
  readonly report: (result: Result) => void;
}

export interface BenchCase {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}

export const WIDE = { numeric: 45, categorical: 5 };
const at = new Date(LAST_HOUR).toISOString();

/** A command of the built program, on the model that the data are made for. */
export function commandOf(storageUrl: string, ...command: string[]): string[] {
  const model = ['--model-name', 'm', '--model-version', 'v1', '--storage-url', storageUrl, '--log-level', 'silent'];
  return [PROGRAM, ...command, ...model];
}

export function args(root: string, ...command: string[]): string[] {
  return commandOf(`file:${root}`, ...command);
}

export function detect(root: string, hours = 24, ...more: string[]): string[] {
  return args(root, 'detect', '--at', at, '--window-hours', String(hours), ...more);
}

export function forget(root: string): () => void {
  return () => {
    for (const folder of ['profiles', 'drift-reports', 'alerts'])
      rmSync(join(root, folder), { recursive: true, force: true });
  };
}

export async function prepared(bench: Bench, name: string, spec: DataSpec): Promise<string> {
  const root = join(bench.folder, name);
  const scaled = (rows: number) => Math.max(1000, Math.round(rows / bench.scale));
  await makeData(root, {
    ...spec,
    rows: scaled(spec.rows),
    trainingRows: Math.min(spec.trainingRows, scaled(spec.trainingRows)),
  });
  return root;
}

function bound(bench: Bench, root: string): number {
  const glob = join(root, 'inference-logs/**/*.parquet');
  return measure([BOUND, glob, String(WIDE.numeric), String(WIDE.categorical)], bench.runs).seconds;
}

export function result(name: string, measured: Measured, more: Partial<Result> = {}): Result {
  const { seconds, cpuSeconds, rssMib } = measured;
  return { name, seconds, cpuSeconds, rssMib, ...more };
}

/** The cold window, and what depends on its data: bound, next hour, baseline. */
const window1m: BenchCase = {
  name: 'window-1m',
  async run(bench) {
    const values = (1_000_000 / bench.scale) * 50;
    const root = await prepared(bench, 'window-1m', { ...WIDE, rows: 1_000_000, hours: 24, trainingRows: 1_000_000 });
    const limit = bound(bench, root);
    bench.report({ name: 'bound: sums of 1M × 50 in DuckDB', seconds: limit, cpuSeconds: limit, rssMib: Number.NaN });
    const generated = measure(args(root, 'baseline', 'generate'), bench.runs);
    bench.report(result('baseline generate from 1M × 50', generated, { ratio: generated.seconds / limit }));
    const cold = measure(detect(root), bench.runs, forget(root));
    const speed = { ratio: cold.seconds / limit, valuesPerSecond: values / cold.seconds };
    bench.report(result('cold window, 1M × 50, 24 files', cold, speed));
    const lastHour = join(root, 'profiles/m/v1');
    const next = measure(detect(root), bench.runs, () => removeNewestProfile(lastHour));
    bench.report(result('next hour, 23 of 24 cached', next, { ratio: next.seconds / limit }));
    bench.report(result('all 24 hours cached', measure(detect(root), bench.runs)));
    bench.report({
      name: 'largest hour profile',
      seconds: Number.NaN,
      cpuSeconds: Number.NaN,
      rssMib: Number.NaN,
      note: `${Math.round(largestFile(lastHour) / 1024)} KiB`,
    });
  },
};

function profileFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => join(folder, file))
    .sort();
}

function removeNewestProfile(folder: string): void {
  const newest = profileFiles(folder).at(-1);
  if (newest !== undefined) rmSync(newest);
}

function largestFile(folder: string): number {
  return Math.max(...profileFiles(folder).map((file) => statSync(file).size));
}

function coldCase(name: string, title: string, spec: DataSpec, hours = 24): BenchCase {
  return {
    name,
    async run(bench) {
      const root = await prepared(bench, name, spec);
      measure(args(root, 'baseline', 'generate'), 1);
      const cold = measure(detect(root, hours), bench.runs, forget(root));
      mustHaveRead(cold, spec.rows / bench.scale);
      const columns = spec.numeric + spec.categorical + (spec.embedding ?? 0);
      bench.report(result(title, cold, { valuesPerSecond: ((spec.rows / bench.scale) * columns) / cold.seconds }));
    },
  };
}

/** A file that needs more memory than there is would be left out, in no time. */
function mustHaveRead({ stdout }: Measured, rows: number): void {
  const read = Number(/^Samples analyzed: (\d+)$/m.exec(stdout)?.[1]);
  if (read < rows * 0.99) throw new Error(`only ${read} of ${rows} rows were read`);
}

function cachedEmbeddings(name: string, title: string, hours: number, rowsAnHour: number): BenchCase {
  return {
    name,
    async run(bench) {
      const spec = { numeric: 0, categorical: 0, embedding: 384, rows: hours * rowsAnHour, hours, trainingRows: 5000 };
      const root = await prepared(bench, name, spec);
      bench.report(result('baseline generate from 5,000 × 384', measure(args(root, 'baseline', 'generate'), 1)));
      measure(detect(root, hours), 1);
      const profile = `largest hour profile ${Math.round(largestFile(join(root, 'profiles/m/v1')) / 1024)} KiB`;
      bench.report(result(title, measure(detect(root, hours), bench.runs), { note: profile }));
    },
  };
}

const week: BenchCase = {
  name: 'week',
  async run(bench) {
    const root = await prepared(bench, 'week', { ...WIDE, rows: 168 * 20_000, hours: 168, trainingRows: 100_000 });
    measure(args(root, 'baseline', 'generate'), 1);
    measure(detect(root, 168), 1);
    bench.report(result('7-day window, 168 cached hours × 50', measure(detect(root, 168), bench.runs)));
  },
};

const baseline10m: BenchCase = {
  name: 'baseline-10m',
  async run(bench) {
    const root = await prepared(bench, 'baseline-10m', { ...WIDE, rows: 1000, hours: 1, trainingRows: 10_000_000 });
    bench.report(result('baseline generate from 10M × 50', measure(args(root, 'baseline', 'generate'), 1)));
  },
};

const small: BenchCase = {
  name: 'small',
  async run(bench) {
    const root = join(bench.folder, 'small');
    await makeData(root, { ...WIDE, rows: 112, hours: 1, trainingRows: 2000 });
    measure(args(root, 'baseline', 'generate'), 1);
    bench.report(result('window of 112 rows × 50', measure(detect(root), bench.runs, forget(root))));
    bench.report(result('report show', measure(args(root, 'report', 'show'), bench.runs)));
    bench.report(result('--version', measure([PROGRAM, '--version'], bench.runs)));
  },
};

export const CASES: readonly BenchCase[] = [
  small,
  window1m,
  week,
  coldCase('window-10m', 'cold window, 10M × 50, 24 files', {
    ...WIDE,
    rows: 10_000_000,
    hours: 24,
    trainingRows: 100_000,
  }),
  coldCase('one-file', 'one file of 1M × 50, 10 row groups', {
    ...WIDE,
    rows: 1_000_000,
    hours: 1,
    rowGroupRows: 100_000,
    trainingRows: 100_000,
  }),
  coldCase('one-row-group', 'one file of 1M × 50, one row group', {
    ...WIDE,
    rows: 1_000_000,
    hours: 1,
    rowGroupRows: 1_000_000,
    trainingRows: 100_000,
  }),
  coldCase('embeddings', '100,000 × 384 embeddings', {
    numeric: 0,
    categorical: 0,
    embedding: 384,
    rows: 100_000,
    hours: 1,
    trainingRows: 20_000,
  }),
  cachedEmbeddings('embedding-day', '24 cached hours × 384', 24, 4000),
  cachedEmbeddings('embedding-week', '168 cached hours × 384', 168, 1000),
  coldCase('embeddings-1m', '1,000,000 × 768 embeddings, 24 files', {
    numeric: 0,
    categorical: 0,
    embedding: 768,
    rows: 1_000_000,
    hours: 24,
    trainingRows: 5000,
  }),
  coldCase('wide', '2,000 columns × 50,000 rows', {
    numeric: 1800,
    categorical: 200,
    rows: 50_000,
    hours: 1,
    trainingRows: 10_000,
  }),
  baseline10m,
  judgeCase,
];
