import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadHistory } from '../../src/history/store.ts';
import { historyLine } from '../../src/report/history-line.ts';
import { recordHistory, recordOverview } from '../../src/report/record-history.ts';
import { loadReportHistory } from '../../src/report/report-history.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { throughProcess, VersionedStore } from '../alerting/versioned-store.ts';
import { aFeature, anAlert, aReport } from './a-report.ts';

const NOON = '2025-12-24T12:00:00Z';
const ALL = { from: 0, to: Date.parse('2030-01-01T00:00:00Z') };

test('a line says what the report says, under the last hour of its window', () => {
  const features = [aFeature('plan', 'none'), aFeature('age', 'drift'), aFeature('zip', 'minor')];
  const alerts = [anAlert('a'.repeat(16)), anAlert('b'.repeat(16), 'CRITICAL')];
  const line = historyLine(aReport(NOON, { status: 'drift', driftScore: 0.31, features, alerts }));
  expect(line).toMatchObject({
    hour: '2025-12-24T11:00:00.000Z',
    version: 'v1',
    status: 'drift',
    driftScore: 0.31,
    rows: 112,
    signals: 3,
    drift: 1,
    minor: 1,
    alerts: { critical: 1, warning: 1 },
  });
  expect(line.moved.names).toEqual(['age', 'zip', 'plan']);
});

describe('a storage that refuses a write', () => {
  test.each(['drift-reports/churn/history/2025-12-24.jsonl', 'drift-reports/index.json', 'drift-reports/index.html'])(
    'of %s is a sentence, and the others are written',
    async (refused) => {
      const store = new VersionedStore();
      const refusing = throughProcess(store, {
        before(what) {
          if (what === `put ${refused}`) throw new StorageError('disk full');
        },
        after: () => undefined,
      });
      const report = aReport(NOON);
      const problems = [...(await recordHistory(refusing, report)), ...(await recordOverview(refusing, [report], 0))];
      expect(problems).toEqual([
        expect.stringMatching(/^(the run is not in the history|the index page was not written): disk full$/),
      ]);
      expect(store.objects.has('drift-reports/churn/history/2025-12-24.jsonl')).toBe(!refused.includes('history'));
      // The run of the next hour makes good what can be made good.
      const next = aReport('2025-12-24T13:00:00Z');
      expect([...(await recordHistory(store, next)), ...(await recordOverview(store, [report, next], 0))]).toEqual([]);
      expect(Buffer.from(store.objects.get('drift-reports/index.html')?.bytes ?? []).toString()).toContain('churn');
    },
  );
});

test('a page shows the seven days of its version before it, its own window last, and long names too', async () => {
  const store = new VersionedStore();
  const long = 'a long name '.repeat(20);
  const of = (to: string, version = 'v1') =>
    aReport(to, { driftScore: 0.3, model: { name: 'churn', version }, features: [aFeature(long, 'drift')] });
  for (const to of ['2025-12-16T12:00:00Z', '2025-12-18T12:00:00Z', '2025-12-24T11:00:00Z', '2025-12-24T13:00:00Z'])
    await recordHistory(store, of(to));
  await recordHistory(store, of('2025-12-24T10:00:00Z', 'v2'));
  const { driftScore = [], psi, since } = (await loadReportHistory(store, of(NOON))) ?? {};
  const at = ['2025-12-18T12:00:00Z', '2025-12-24T11:00:00Z', NOON].map((to) => Date.parse(to));
  expect(driftScore).toEqual(at.map((time) => ({ at: time, value: 0.3 })));
  expect(psi?.get(long)).toEqual(driftScore);
  expect(since?.get(long)).toEqual({ hour: Date.parse('2025-12-18T11:00:00Z'), mayBeLonger: true });
});

test('runs of several processes at once are all in the history of a directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'history-'));
  try {
    const reports = Array.from({ length: 12 }, (_, hour) =>
      aReport(`2025-12-24T${String(hour + 1).padStart(2, '0')}:00:00Z`),
    );
    const problems = await Promise.all(
      reports.map(async (report) => {
        const store = new DirectoryStore(folder);
        return [...(await recordHistory(store, report)), ...(await recordOverview(store, [report], 0))];
      }),
    );
    expect(problems.flat()).toEqual([]);
    expect((await loadHistory(new DirectoryStore(folder), 'churn', ALL)).lines).toHaveLength(12);
  } finally {
    await rm(folder, { recursive: true });
  }
});
