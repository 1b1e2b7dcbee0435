import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { readFooter } from '../../src/scan/footer.ts';
import { locateFile } from '../../src/scan/locate-file.ts';
import { parquetMetadata } from '../../src/scan/parquet-metadata.ts';
import { withRowGroups } from '../../src/scan/row-groups.ts';
import { openWorkspace } from '../../src/scan/workspace.ts';
import { objectOf } from './read-columns.ts';
import { RemoteStore } from './remote-store.ts';
import { writeParquet } from './write-parquet.ts';

const ROWS = 40_000;
/** DuckDB's least. */
const GROUP = 2048;
const GROUPS = Math.ceil(ROWS / GROUP);
const store = new RemoteStore();

beforeAll(async () => {
  const query = `SELECT r, 'text ' || r AS t, {'x': r, 'y': [r]} AS s FROM range(${ROWS}) t(r)`;
  store.replace('a.parquet', await writeParquet(query, `COMPRESSION zstd, ROW_GROUP_SIZE ${GROUP}`));
});

// The lists of row groups in the new footers are of both forms: up to 14 elements, and more.
describe.each([
  [0, GROUPS],
  [0, 1],
  [3, 17],
  [2, 18],
  [GROUPS - 1, GROUPS],
] as const)('row groups %d to %d of a file', (from, to) => {
  test('are what its changed footer tells of, and nothing else of it is different', async () => {
    const whole = await readFooter(store, await objectOf(store, 'a.parquet'));
    const part = withRowGroups(whole, [from, to]);
    const { start, end } = part.metadataRange;
    const decoded = parquetMetadata(part.tail.bytes.subarray(start - part.tail.start, end - part.tail.start));
    expect(decoded).toEqual({ ...whole.metadata, ...part.metadata });
    expect(decoded.rowGroups).toEqual(whole.metadata.rowGroups.slice(from, to));
  });

  test('are read by DuckDB as a file of their own', async () => {
    const workspace = await openWorkspace(undefined, [store]);
    const object = await objectOf(store, 'a.parquet');
    store.ranges.length = 0;
    const wanted = [{ as: 'numeric', name: 'r', temporal: false }] as const;
    const request = { wanted, featuresColumn: 'features', owner: [] };
    const lease = await locateFile(workspace, store, object, [request], undefined, [from, to]);
    const connection = await (await DuckDBInstance.create()).connect();
    try {
      const read = await connection.runAndReadAll('SELECT min(r), max(r), count(r) FROM read_parquet($1)', [
        lease.file.path,
      ]);
      const last = Math.min(to * GROUP, ROWS);
      expect(read.getRows()[0]?.map(Number)).toEqual([from * GROUP, last - 1, last - from * GROUP]);
      expect(lease.file.rows).toBe(last - from * GROUP);
      expect(lease.bytesFetched).toBe(store.bytesFetched);
    } finally {
      connection.closeSync();
      await lease.close();
      await workspace.close();
    }
  });
});
