/**
 * Plays the workers of all shards of a plan: each part holds the profile of the one hour that is stored, as if it were of the
 * shard's files. `node fan-out-workers.ts STORAGE_URL PLAN_KEY`
 */

import { gunzipSync } from 'node:zlib';
import pMap from 'p-map';
import { storedCountsSchema } from '../../src/profile/hour-store.ts';
import { encodeResult, savePart } from '../../src/profile/shards/part.ts';
import { loadPlan, loadTasks } from '../../src/profile/shards/shard-plan.ts';
import { openStore } from '../../src/storage/open.ts';

const [url = '', planKey = ''] = process.argv.slice(2);
const store = await openStore(url, { env: process.env });
const plan = await loadPlan(store, planKey);
if (plan === undefined) throw new Error('no plan');
const keys: string[] = [];
for await (const { key } of store.list('profiles/')) keys.push(key);
const { bytes } = await store.get(keys[0] ?? '');
const counts = storedCountsSchema.parse(JSON.parse(gunzipSync(bytes).toString('utf8')));
const rows = counts.files.reduce((sum, file) => sum + file.rows, 0);

let next = 0;
await pMap(
  loadTasks(store, plan),
  async ({ items }) => {
    const index = next;
    next += 1;
    const files = items.map(({ file }) => ({ ...file.object, rows: rows / items.length }));
    const results = items
      .slice(0, 1)
      .map(({ file }) =>
        encodeResult(file.hour, { type: 'hour', set: 0, counts: { ...counts, files }, transient: [] }),
      );
    await savePart(store, plan, index, { bytesFetched: 0, results });
  },
  { concurrency: 4 },
);
