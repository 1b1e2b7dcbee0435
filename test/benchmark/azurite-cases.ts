import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import pMap from 'p-map';
import { readFooter } from '../../src/scan/footer.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { openStore } from '../../src/storage/open.ts';
import { startAzurite } from '../azurite.ts';
import { type Bench, type BenchCase, commandOf, result } from './cases.ts';
import { startCountingProxy, type Traffic } from './counting-proxy.ts';
import { type DataSpec, LAST_HOUR, makeData } from './data.ts';
import { measureAsync } from './measure.ts';

/**
 * Runs `detect` against a real Azurite that holds `root`, behind a proxy that counts. `hourly`: what the hour before has left
 * in the storage is there.
 */
async function detectInAzurite(root: string, hours: number, hourly = false) {
  const azurite = await startAzurite();
  const proxy = await startCountingProxy(azurite.port);
  try {
    const connectionString = azurite.connectionString.replace(`:${azurite.port}/`, `:${proxy.port}/`);
    const url = azurite.url('bench').replace(`:${azurite.port}/`, `:${proxy.port}/`);
    const env = { AZURE_STORAGE_CONNECTION_STRING: connectionString };
    const store = await openStore(url, { env });
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.parquet'));
    await pMap(files, (file) => store.put(file.split(sep).join('/'), readFileSync(join(root, file))), {
      concurrency: 8,
    });
    await measureAsync(commandOf(url, 'baseline', 'generate'), env);
    const detect = (at: number) =>
      measureAsync(commandOf(url, 'detect', '--at', new Date(at).toISOString(), '--window-hours', String(hours)), env);
    if (hourly) await detect(LAST_HOUR - HOUR_MS);
    proxy.traffic.clear();
    const measured = await detect(LAST_HOUR);
    const read: Traffic = proxy.traffic.get('GET') ?? { requests: 0, bytes: 0 };
    return { measured, read: { ...read }, logs: files.filter((file) => file.startsWith('inference-logs')).length };
  } finally {
    proxy.stop();
    await azurite.stop();
  }
}

/** Bytes of the column chunks of `columns` in the logs, by their footers. */
async function chunkBytes(root: string, columns: readonly string[]): Promise<number> {
  const store = new DirectoryStore(root);
  let bytes = 0;
  for await (const object of store.list('inference-logs/')) {
    const { metadata } = await readFooter(store, object);
    const leaves = columns.map((name) => metadata.columns.findIndex((column) => column.name === name));
    for (const { chunks } of metadata.rowGroups) {
      for (const leaf of leaves) bytes += (chunks[leaf]?.end ?? 0) - (chunks[leaf]?.start ?? 0);
    }
  }
  return bytes;
}

const nextHour: BenchCase = {
  name: 'next-hour',
  async run(bench: Bench) {
    const root = join(bench.folder, 'next-hour');
    const rows = 1_000_000 / bench.scale;
    await makeData(root, { numeric: 45, categorical: 5, rows, hours: 24, trainingRows: 20_000 });
    const { measured, read } = await detectInAzurite(root, 24, true);
    const logs = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('hour=23'));
    const files = logs.filter((file) => file.endsWith('.parquet'));
    const bytes = files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0);
    const note = `${(read.bytes / bytes).toFixed(3)} × the new hour's bytes read (${(read.bytes / 2 ** 20).toFixed(1)} MiB)`;
    bench.report(result('next hour, Azurite', measured, { note }));
  },
};

const few: BenchCase = {
  name: 'few-columns',
  async run(bench: Bench) {
    const root = join(bench.folder, 'few-columns');
    const spec: DataSpec = { numeric: 45, categorical: 8, rows: 500_000 / bench.scale, hours: 4, trainingRows: 1000 };
    await makeData(root, spec, { numeric: 2, categorical: 1 });
    const { measured, read } = await detectInAzurite(root, 4);
    const wanted = await chunkBytes(root, ['n0', 'n1', 'c0']);
    const note = `${(read.bytes / wanted).toFixed(3)} × the columns' bytes fetched (${(read.bytes / 2 ** 20).toFixed(1)} MiB)`;
    bench.report(result('3 of 53 columns, Azurite', measured, { note }));
  },
};

const many: BenchCase = {
  name: 'small-files',
  async run(bench: Bench) {
    const root = join(bench.folder, 'small-files');
    const files = Math.round(5000 / bench.scale);
    await makeData(root, {
      numeric: 45,
      categorical: 5,
      rows: 20 * files,
      hours: 1,
      filesPerHour: files,
      trainingRows: 2000,
    });
    const { measured, read, logs } = await detectInAzurite(root, 1);
    bench.report(
      result(`${files} files of 20 rows, Azurite`, measured, {
        note: `${(read.requests / logs).toFixed(2)} requests a file`,
      }),
    );
  },
};

export const AZURITE_CASES: readonly BenchCase[] = [nextHour, few, many];
