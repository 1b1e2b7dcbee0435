import { join } from 'node:path';
import { encodeLine, type HistoryLine } from '../../src/history/line.ts';
import { appendHistory } from '../../src/history/store.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { historyKey } from '../../src/storage/layout.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { args, type BenchCase, result } from './cases.ts';
import { LAST_HOUR } from './data.ts';
import { measure } from './measure.ts';

const DAYS = 365;
const HOURS = 24;
/** More than a line holds. */
const FEATURES = 200;

/** A year of hourly runs of a model with many features, of which three drift for a month. */
export const history: BenchCase = {
  name: 'history',
  async run(bench) {
    const root = join(bench.folder, 'history');
    const store = new DirectoryStore(root);
    const lastDay = Math.floor(LAST_HOUR / HOUR_MS / HOURS) * HOURS * HOUR_MS;
    for (let day = 0; day < DAYS; day++) {
      const start = lastDay - day * HOURS * HOUR_MS;
      const drift = day > 30 && day < 60 ? 3 : 0;
      const lines = Array.from({ length: HOURS }, (_, hour) => encodeLine(aLine(start + hour * HOUR_MS, drift)));
      await store.put(historyKey('m', start), Buffer.from(lines.join('')));
    }
    const show = (days: number) => measure(args(root, 'history', 'show', '--days', String(days)), bench.runs);
    bench.report(result('history show, one year of hourly runs', show(DAYS)));
    bench.report(result('history show, 7 days', show(7)));
    const table = ['--table', 'signals', '--format', 'parquet', '--output', join(root, 'signals.parquet')];
    bench.report(
      result('history export, one year as Parquet', measure(args(root, 'history', 'export', ...table), bench.runs)),
    );
    bench.report(await append(store, aLine(lastDay, 3)));
  },
};

async function append(store: ObjectStore, line: HistoryLine) {
  let bytes = 0;
  const metered: ObjectStore = {
    url: store.url,
    list: (prefix) => store.list(prefix),
    getRange: (...range) => store.getRange(...range),
    put: (...write) => store.put(...write),
    delete: (...condition) => store.delete(...condition),
    async get(key) {
      const found = await store.get(key);
      bytes += found.bytes.length;
      return found;
    },
  };
  const start = performance.now();
  await appendHistory(metered, 'm', line);
  const seconds = (performance.now() - start) / 1000;
  const note = `reads ${(bytes / 1024).toFixed(1)} KiB`;
  return { name: 'a run into the history', seconds, cpuSeconds: Number.NaN, rssMib: Number.NaN, note };
}

/** Figures differ from line to line, as they do in life, and are the same in each run of the benchmark. */
function aLine(hour: number, drift: number): HistoryLine {
  const positions = Array.from({ length: FEATURES }, (_, index) => index);
  const figure = (index: number, scale: number) =>
    index < drift ? 0.4 : (scale * ((hour / HOUR_MS + 7) % (index + 3))) / 1e4;
  return {
    hour: new Date(hour).toISOString(),
    version: 'v1',
    status: drift > 0 ? 'drift' : 'no-drift',
    driftScore: drift > 0 ? 0.3123456789 : 0.0123456789,
    rows: 1_000_000,
    windowHours: 24,
    signals: FEATURES,
    drift,
    minor: 0,
    alerts: { critical: 0, warning: drift },
    skippedFiles: 0,
    durationMs: 3210,
    startedAt: new Date(hour + HOUR_MS).toISOString(),
    baseline: '0123456789abcdef',
    moved: {
      names: positions.map((index) => `some_feature_${index}`),
      psi: positions.map((index) => figure(index, 1.234)),
      distance: positions.map((index) => figure(index, 0.987)),
    },
    rest: null,
  };
}
