import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ColumnSpec, emptyProfile, mergeProfiles, type Profile, wantedColumn } from '../../src/profile/profile.ts';
import { ProfileBuilder } from '../../src/profile/profile-file.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { objectOf, openScan, openScanRoom, type ScanRoom } from '../scan/read-columns.ts';
import { writeParquet } from '../scan/write-parquet.ts';
import { categoricalSpec, embeddingSpec, numericSpec } from './arbitrary-profiles.ts';

/** DuckDB's smallest row group. */
const GROUP = 2048;
const GROUPS = 4;

function rows(from: number, to: number): string {
  return `SELECT
      CASE i % 11 WHEN 3 THEN NULL WHEN 5 THEN 'nan'::DOUBLE WHEN 7 THEN '-inf'::DOUBLE WHEN 8 THEN -0.0 ELSE sin(i) * 1e3 / (i % 97 + 1) END AS x,
      CASE i % 7 WHEN 0 THEN 'a' WHEN 1 THEN 'b' WHEN 2 THEN NULL WHEN 3 THEN 'r1' ELSE 'unseen ' || i % 40 END AS c,
      CASE WHEN i % 13 = 0 THEN NULL WHEN i % 17 = 0 THEN [1.0]::FLOAT[] ELSE [sin(i), cos(i), 0.3]::FLOAT[] END AS e
    FROM range(${from}, ${to}) AS t(i)`;
}

/** Which rows are sampled goes by the file that they are in. */
function withoutSamples({ rows, columns }: Profile) {
  return { rows, columns: columns.map((column) => ({ ...column, sample: undefined })) };
}

describe('profiles of files', () => {
  const specs: ColumnSpec[] = [
    numericSpec([-1000, -3, -1, 0, 0.5, 1, 20, 999]),
    categoricalSpec(['a', 'b'], ['r1']),
    embeddingSpec(),
  ];
  let directory: string;
  let room: ScanRoom;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'profile-file-'));
    await mkdir(join(directory, 'logs'));
    room = await openScanRoom([new DirectoryStore(join(directory, 'logs'))]);
  });
  afterAll(async () => {
    await room.close();
    await rm(directory, { recursive: true });
  });

  async function profileOf(name: string, parquet: Uint8Array): Promise<Profile> {
    await writeFile(join(directory, 'logs', name), parquet);
    const store = new DirectoryStore(join(directory, 'logs'));
    const { lease, scan } = await openScan(room, store, await objectOf(store, name), specs.map(wantedColumn));
    try {
      const builder = new ProfileBuilder(specs);
      await builder.add(scan);
      return builder.profile();
    } finally {
      await lease.close();
    }
  }

  it('merge to the profile of one file with all their row groups, in any order, to the bit', async () => {
    const whole = await profileOf(
      'whole.parquet',
      await writeParquet(rows(0, GROUPS * GROUP), `ROW_GROUP_SIZE ${GROUP}`),
    );
    const parts: Profile[] = [];
    for (let group = 0; group < GROUPS; group++) {
      const parquet = await writeParquet(rows(group * GROUP, (group + 1) * GROUP));
      parts.push(await profileOf(`part-${group}.parquet`, parquet));
    }
    expect(whole.rows).toBe(GROUPS * GROUP);
    for (const order of [parts, parts.toReversed()]) {
      const merged = order.reduce(mergeProfiles, emptyProfile(specs));
      expect(withoutSamples(merged)).toStrictEqual(withoutSamples(whole));
    }
    const [numeric, categorical, embedding] = whole.columns;
    expect(numeric).toMatchObject({ nan: 745, missing: 745, negativeInfinity: 745 });
    expect(categorical?.type === 'categorical' && categorical.examples.length).toBe(20);
    expect(embedding).toMatchObject({ missing: 631 });
  });
});
