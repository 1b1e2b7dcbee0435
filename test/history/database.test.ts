/** The real PostgreSQL (Debian: postgresql), where it is installed. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { settingsSchema } from '../../src/config/settings.ts';
import { MIGRATIONS, migrate } from '../../src/history/database/migrations.ts';
import { writeRuns } from '../../src/history/database/write-runs.ts';
import { historyLine } from '../../src/report/history-line.ts';
import { publishToDatabase } from '../../src/report/publish-database.ts';
import type { Report } from '../../src/report/schema.ts';
import { HAS_POSTGRES, NO_POSTGRES, type Postgres, startPostgres } from '../postgres.ts';
import { aFeature, anAlert, aReport } from '../report/a-report.ts';

const PASSWORD = 'planted/secret: 100%';
const REFERENCE = `\${${'DRIFT_DATABASE'}}`;
const settings = settingsSchema.parse({ metrics: { postgresUrl: REFERENCE } }).metrics;
const NOON = '2025-12-24T12:00:00Z';

const write = (url: string, ...reports: Report[]) =>
  publishToDatabase(reports, settings, { env: { DRIFT_DATABASE: url } });

describe.skipIf(!HAS_POSTGRES)(`a real PostgreSQL${NO_POSTGRES}`, { timeout: 60_000 }, () => {
  let server: Postgres;
  let url: string;
  let databases = 0;

  beforeAll(async () => {
    server = await startPostgres(PASSWORD);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    databases += 1;
    await query(server.url(), `CREATE DATABASE d${databases}`);
    url = server.url(`d${databases}`);
  });

  async function query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  test('has a row a run and a row a signal', async () => {
    const features = [aFeature('age', 'drift'), aFeature('plan', 'none')];
    const report = aReport(NOON, { status: 'drift', driftScore: 0.31, features, alerts: [anAlert('a'.repeat(16))] });
    expect(await write(url, report)).toEqual([]);
    expect(await query(url, 'SELECT * FROM drift_runs')).toEqual([
      expect.objectContaining({
        model: 'churn',
        version: 'v1',
        hour: new Date('2025-12-24T11:00:00Z'),
        status: 'drift',
        drift_score: 0.31,
        window_rows: '112',
        signals: 2,
        signals_drift: 1,
        alerts_warning: 1,
        report: 'drift-reports/churn/v1/year=2025/month=12/day=24/hour=11/report.json',
      }),
    ]);
    expect(await query(url, 'SELECT signal, kind, verdict, psi, distance FROM drift_metrics ORDER BY signal')).toEqual([
      { signal: 'age', kind: 'feature', verdict: 'drift', psi: 0.3, distance: 0.3 },
      { signal: 'plan', kind: 'feature', verdict: 'none', psi: 0.3, distance: 0.3 },
    ]);
  });

  test('a run that is repeated is there once, with what the last one found', async () => {
    await write(url, aReport(NOON, { features: [aFeature('age', 'drift'), aFeature('gone', 'none')] }));
    await write(url, aReport(NOON, { rows: 7, features: [aFeature('age', 'none')] }));
    expect(await query(url, 'SELECT window_rows FROM drift_runs')).toEqual([{ window_rows: '7' }]);
    expect(await query(url, 'SELECT signal, verdict FROM drift_metrics')).toEqual([{ signal: 'age', verdict: 'none' }]);
  });

  test('names from logs are values, whatever they are', async () => {
    const names = [
      "'; DROP TABLE drift_runs; --",
      '__proto__',
      '{"a",NULL}',
      '\\',
      'nul\0',
      '\ud800',
      'x'.repeat(100_000),
    ];
    expect(await write(url, aReport(NOON, { features: names.map((name) => aFeature(name, 'none')) }))).toEqual([]);
    const found = await query(url, 'SELECT signal FROM drift_metrics');
    const stored = found.map(({ signal }) => String(signal));
    expect(stored).toHaveLength(names.length);
    for (const name of names.slice(0, 4)) expect(stored).toContain(name);
    expect(stored).toContain('nul\\u{0}');
  });

  test('ten runs at once make the tables once and all of them are there', async () => {
    const runs = Array.from({ length: 10 }, (_, index) =>
      write(url, aReport(`2025-12-24T${String(index + 10)}:00:00Z`, { features: [aFeature('age', 'none')] })),
    );
    expect((await Promise.all(runs)).flat()).toEqual([]);
    expect(await query(url, 'SELECT version FROM drift_monitor_migrations ORDER BY version')).toEqual(
      MIGRATIONS.map((_, index) => ({ version: index + 1 })),
    );
    expect(await query(url, 'SELECT count(*)::int AS runs FROM drift_metrics')).toEqual([{ runs: 10 }]);
  });

  test('two writers of the same run at once leave one of the two', async () => {
    const of = (rows: number) =>
      aReport(NOON, {
        rows,
        features: Array.from({ length: 200 }, (_, index) => aFeature(`${rows} ${index}`, 'none')),
      });
    expect((await Promise.all([1, 2, 3, 4].map((rows) => write(url, of(rows))))).flat()).toEqual([]);
    const [run] = await query(url, 'SELECT window_rows FROM drift_runs');
    const found = await query(
      url,
      'SELECT DISTINCT split_part(signal, $$ $$, 1) AS rows, count(*)::int FROM drift_metrics GROUP BY 1',
    );
    expect(found).toEqual([{ rows: run?.window_rows, count: 200 }]);
  });

  test('a later migration is made on tables of before, and an older program writes on', async () => {
    await write(url, aReport(NOON));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await migrate(client, [...MIGRATIONS, 'ALTER TABLE drift_runs ADD COLUMN later text']);
    await client.end();
    expect(await write(url, aReport('2025-12-24T13:00:00Z'))).toEqual([]);
    expect(await query(url, 'SELECT later FROM drift_runs')).toEqual([{ later: null }, { later: null }]);
  });

  test('a migration that fails leaves nothing half made', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await expect(migrate(client, ['CREATE TABLE first ()', 'CREATE TABLE wrong (x nonsense)'])).rejects.toThrow(
      'nonsense',
    );
    await client.end();
    expect(await query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
    expect(await write(url, aReport(NOON))).toEqual([]);
  });

  test('tables that somebody else has locked are waited for once, whatever there is to write', async () => {
    await write(url, aReport(NOON));
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE drift_runs IN ACCESS EXCLUSIVE MODE');
      const line = historyLine(aReport(NOON));
      const runs = Array.from({ length: 5 }, () => ({ model: 'churn', line, report: '', signals: [] }));
      const started = performance.now();
      await expect(writeRuns(url, runs, 300)).rejects.toThrow('timeout: no answer within 0.3 s');
      expect(performance.now() - started).toBeLessThan(900);
    } finally {
      await blocker.end();
    }
    expect(await write(url, aReport(NOON))).toEqual([]);
  });

  test('what the database refuses is one sentence without secrets', async () => {
    const wrong = url.replace('planted', 'planted-other');
    const [problem, ...others] = await write(wrong, aReport(NOON));
    expect(problem).toMatch(/^the run is not in the database: password authentication failed/);
    expect(others).toEqual([]);
    expect(await write(server.url('none'), aReport(NOON))).toEqual([
      'the run is not in the database: database "none" does not exist',
    ]);
    const readOnly = `${url}?options=-c%20default_transaction_read_only%3Don`;
    expect(await write(readOnly, aReport(NOON))).toEqual([expect.stringContaining('read-only transaction')]);
  });
});

test.each([
  [
    'nothing listens',
    'postgresql://drift:planted-secret@127.0.0.1:1/d',
    /^the run is not in the database: .*ECONNREFUSED/,
  ],
  ['it is no URL', 'postgresql://drift:planted-secret@[/d', /^the run is not in the database: /],
])('where %s, that is a sentence without secrets', async (_, url, expected) => {
  const [problem = '', ...others] = await write(url, aReport(NOON));
  expect(problem).toMatch(expected);
  expect(problem).not.toContain('planted-secret');
  expect(others).toEqual([]);
});

test.each(['planted-secret', 'host=db password=planted-secret', 'mysql://drift:planted-secret@db/d'])(
  'what is no URL of a PostgreSQL database is told before anything is tried: %s',
  async (url) => {
    expect(await write(url, aReport(NOON))).toEqual([
      'metrics.postgresUrl: must stand for a URL such as postgresql://USER:PASSWORD@HOST/DATABASE',
    ]);
  },
);

test('a server that takes the connection and says nothing is waited for no longer than the timeout', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await expect(writeRuns(`postgresql://drift:x@127.0.0.1:${port}/d`, [], 50)).rejects.toThrow('timeout');
  } finally {
    server.close();
  }
});

test('a URL that is not set is a problem, and one in the file is refused without being shown', async () => {
  expect(await publishToDatabase([aReport(NOON)], settings, { env: {} })).toEqual([
    `metrics.postgresUrl: ${REFERENCE} is not set`,
  ]);
  expect(settingsSchema.safeParse({ metrics: { postgresUrl: 'postgresql://a:planted@b/c' } }).success).toBe(false);
});
