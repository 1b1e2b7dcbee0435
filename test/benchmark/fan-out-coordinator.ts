/**
 * `detect` over shards whose workers are processes of this machine:
 * `node fan-out-coordinator.ts STORAGE_URL SHARD_BYTES|simulated SHARDS HOURS`. Prints `Coordinated` as JSON.
 *
 * Simulated, the logs are SHARDS objects of 1 GiB that nobody reads, spread over the hours.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
// As in a cluster, it is in memory while the shards are merged.
import '@kubernetes/client-node';
import { configuredModels } from '../../src/config/judgement.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { partitionPrefix } from '../../src/inference-log/partitions.ts';
import type { ShardRun, ShardRunner } from '../../src/profile/shards/runner.ts';
import { detect } from '../../src/report/detect.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { DEFAULT_LOG_TEMPLATE } from '../../src/storage/layout.ts';
import type { ObjectInfo, ObjectStore } from '../../src/storage/object-store.ts';
import { openStore } from '../../src/storage/open.ts';
import { commandOf } from './cases.ts';
import { LAST_HOUR } from './data.ts';
import type { Coordinated } from './fan-out.ts';

const GIB = 2 ** 30;
const [url = '', bytes = '', count = '', hours = ''] = process.argv.slice(2);
const isSimulated = bytes === 'simulated';
const flags = new Map([
  ['modelName', 'm'],
  ['modelVersion', 'v1'],
  ['storageUrl', url],
  ['analysisWindowHours', hours],
] as const);
const configuration = loadConfiguration({ flags, configFile: undefined, env: {} });
const store = await openStore(url, { env: process.env });

async function* simulated(prefix: string): AsyncGenerator<ObjectInfo> {
  const window = Number(hours);
  for (let hour = 0; hour < window; hour++) {
    const folder = partitionPrefix(DEFAULT_LOG_TEMPLATE, LAST_HOUR - hour * HOUR_MS, { name: 'm', version: 'v1' });
    if (folder !== prefix) continue;
    for (let file = hour; file < Number(count); file += window) {
      const key = `${folder}part-${String(file).padStart(6, '0')}.parquet`;
      yield { key, size: GIB, etag: `"0x8DD${file.toString(16).padStart(12, '0')}"` };
    }
  }
}

const logs: ObjectStore = isSimulated
  ? {
      url: store.url,
      list: simulated,
      get: () => Promise.reject(new Error('nobody reads logs here')),
      getRange: () => Promise.reject(new Error('nobody reads logs here')),
      put: () => Promise.reject(new Error('nobody writes logs here')),
      delete: () => Promise.reject(new Error('nobody deletes logs here')),
    }
  : store;

let shards = 0;
let workersMs = 0;
const runner: ShardRunner = {
  async start(run) {
    shards = run.shards;
  },
  async ended(run) {
    const start = performance.now();
    for (const args of commandsOf(run)) {
      const [code] = await once(spawn(process.execPath, args, { stdio: ['ignore', 2, 2] }), 'close');
      if (code !== 0) throw new Error(`${args.join(' ')} failed`);
    }
    workersMs += performance.now() - start;
    return { causes: new Map(), otherwise: 'a worker has left nothing' };
  },
};

function* commandsOf({ planKey, shards }: ShardRun): Generator<string[]> {
  const workers = fileURLToPath(new URL('./fan-out-workers.ts', import.meta.url));
  if (isSimulated) yield [workers, url, planKey];
  else
    for (let index = 0; index < shards; index++)
      yield commandOf(url, 'shard', '--plan', planKey, '--index', String(index));
}

const start = performance.now();
const [detected] = await detect({
  store,
  logs,
  models: configuredModels(configuration),
  settings: configuration.settings,
  at: LAST_HOUR,
  useStored: !!isSimulated,
  workers: 1,
  fanOut: {
    mode: 'job',
    shardBytes: isSimulated ? GIB : Number(bytes),
    openRunner: async () => runner,
    onFallback: (reason) => {
      throw new Error(reason);
    },
  },
  now: Date.now,
  version: 'bench',
  onProgress: () => undefined,
});
if (detected === undefined || 'error' in detected) throw detected?.error;
const { run: _, ...report } = detected.report;
const coordinated: Coordinated = {
  seconds: (performance.now() - start - workersMs) / 1000,
  shards,
  rssMib: Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024,
  report: isSimulated ? '' : JSON.stringify(report),
};
console.log(JSON.stringify(coordinated));
process.exit();
