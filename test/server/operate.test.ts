import { expect, test } from 'vitest';
import type { DetectProcess } from '../../src/server/checks.ts';
import { startServer } from './start-server.ts';

const CONFIG =
  'models:\n  - { name: churn, version: v1 }\nretraining: { http: { url: https://trainer.example/jobs } }\n';
const MODEL = { model_name: 'churn' };

/** Runs that end when the test says so. */
function manualRuns() {
  const started: {
    readonly args: readonly string[];
    end(exitCode: number, lastLine?: string): void;
    stopped: boolean;
  }[] = [];
  const startDetect = (args: readonly string[]): DetectProcess => {
    const ended = Promise.withResolvers<{ exitCode: number | null; lastLine: string }>();
    const run = {
      args,
      stopped: false,
      end: (exitCode: number, lastLine = '') => ended.resolve({ exitCode, lastLine }),
    };
    started.push(run);
    return {
      ended: ended.promise,
      stop() {
        run.stopped = true;
        ended.resolve({ exitCode: null, lastLine: '' });
      },
    };
  };
  return { started, startDetect };
}

test('a check is accepted with a place to look at, which tells how it goes and where the report is', async () => {
  const { started, startDetect } = manualRuns();
  const server = await startServer({ configFile: CONFIG, startDetect });
  try {
    const accepted = await server.ask('/drift/check', { body: { ...MODEL, at: '2025-12-24T17:30:00+01:00' } });
    expect([accepted.status, accepted.json()]).toEqual([
      202,
      expect.objectContaining({ state: 'running', model_version: 'v1' }),
    ]);
    const place = String(accepted.headers.location);
    expect(started[0]?.args).toEqual([
      '--model-name',
      'churn',
      '--model-version',
      'v1',
      '--at',
      '2025-12-24T16:30:00.000Z',
    ]);
    started[0]?.end(3);
    await expect
      .poll(async () => (await server.ask(place)).json())
      .toMatchObject({
        state: 'finished',
        exit_code: 3,
        report: '/reports/churn/v1/year=2025/month=12/day=24/hour=16/report.json',
      });
    expect((await server.ask('/drift/checks/unknown')).status).toBe(404);
  } finally {
    await server.close();
  }
});

test('checks run one after another, a failed one says why, and too many are refused with when to come back', async () => {
  const { started, startDetect } = manualRuns();
  const server = await startServer({ configFile: CONFIG, startDetect });
  try {
    const start = (hour: number) =>
      server.ask('/drift/check', { body: { ...MODEL, at: `2025-12-24T${String(hour).padStart(2, '0')}:00:00Z` } });
    const first = await start(0);
    for (let hour = 1; hour <= 8; hour++) expect((await start(hour)).json()).toMatchObject({ state: 'queued' });
    // The same that waits already.
    const [again, same] = [await start(8), await start(8)];
    expect(again.headers.location).toBe(same.headers.location);
    const refused = await start(9);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30']);
    expect(started).toHaveLength(1);
    started[0]?.end(1, 'drift-monitor: there is no baseline');
    await expect
      .poll(async () => (await server.ask(String(first.headers.location))).json())
      .toMatchObject({
        state: 'failed',
        error: 'drift-monitor: there is no baseline',
        report: null,
      });
    await expect.poll(() => started.length).toBe(2);
  } finally {
    await server.close();
  }
  expect(started[1]?.stopped).toBe(true);
  expect(started).toHaveLength(2);
});

test('a model that is neither configured nor has a baseline is not checked, nor an hour that has not begun', async () => {
  const server = await startServer({ configFile: CONFIG });
  try {
    expect((await server.ask('/drift/check', { body: { model_name: 'unknown' } })).status).toBe(404);
    expect((await server.ask('/drift/check', { body: { model_name: 'unknown', model_version: 'v1' } })).status).toBe(
      404,
    );
    expect((await server.ask('/drift/check', { body: { ...MODEL, at: '0001-01-01T00:00:00Z' } })).status).toBe(400);
    const nextHour = new Date(Date.now() + 3_600_000).toISOString();
    expect((await server.ask('/drift/check', { body: { ...MODEL, at: nextHour } })).status).toBe(400);
  } finally {
    await server.close();
  }
});

test('a retraining is asked for once a request, and what came of it is told', async () => {
  const asked: unknown[] = [];
  let outcome: 'started' | 'refused' = 'started';
  const server = await startServer({
    configFile: CONFIG,
    retrain: async (model) => {
      asked.push(model);
      const error = outcome === 'refused' ? 'trainer.example answered 403' : null;
      return {
        id: 'id-1',
        version: model.version,
        at: '2025-12-24T00:00:00Z',
        cause: 'manual',
        kind: 'http',
        outcome,
        job: 'job-7',
        error,
      };
    },
  });
  try {
    const started = await server.ask('/drift/trigger-finetuning', { body: MODEL });
    expect([started.status, started.json()]).toEqual([
      202,
      expect.objectContaining({ outcome: 'started', job: 'job-7' }),
    ]);
    outcome = 'refused';
    const refused = await server.ask('/drift/trigger-finetuning', { body: MODEL });
    expect([refused.status, refused.text]).toEqual([502, expect.stringContaining('nothing was started')]);
    expect(asked).toEqual([
      { name: 'churn', version: 'v1' },
      { name: 'churn', version: 'v1' },
    ]);
  } finally {
    await server.close();
  }
});

test('without a word on how, a retraining is refused with where to say it', async () => {
  const server = await startServer();
  try {
    const answer = await server.ask('/drift/trigger-finetuning', { body: { ...MODEL, model_version: 'v1' } });
    expect([answer.status, answer.text]).toEqual([
      409,
      expect.stringContaining('give retraining in the configuration file'),
    ]);
  } finally {
    await server.close();
  }
});
