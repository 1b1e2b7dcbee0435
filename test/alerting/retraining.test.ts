import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type RetrainingRequest,
  type RetrainingStarter,
  retrainIfDue,
  retrainNow,
} from '../../src/alerting/retraining.ts';
import { retrainingProblems, retrainingStarter, startInWords } from '../../src/alerting/retraining-starters.ts';
import { DeliveryError } from '../../src/alerting/sink.ts';
import { loadState } from '../../src/alerting/state-store.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { type Behaviour, type FailingServer, startFailingServer } from './failing-server.ts';
import { throughProcess } from './versioned-store.ts';
import { drifting, HOUR, START, World } from './world.ts';

const MODEL = { name: 'churn', version: 'v1' };

function settingsOf(changes: object = {}) {
  const given = { http: { url: 'http://trainer/jobs' }, ...changes };
  const { retraining } = settingsSchema.parse({ retraining: given });
  if (retraining === undefined) throw new Error('no settings');
  return retraining;
}

/** A model whose alert has been critical since hour 1. */
async function openSince() {
  const world = new World([]);
  for (const hour of [0, 1, 2]) await world.run(hour, drifting(['age'], 'CRITICAL'));
  return world;
}

function starter(answer: () => Promise<string | null>, isIdempotent = false) {
  const asked: RetrainingRequest[] = [];
  const own: RetrainingStarter = {
    kind: isIdempotent ? 'job' : 'http',
    isIdempotent,
    start: (request) => {
      asked.push(request);
      return answer();
    },
  };
  return { asked, own };
}

let ids = 0;
const newId = () => {
  ids += 1;
  return `id-${ids}`;
};

function at(hour: number, labelledRows = 5000) {
  return { model: MODEL, to: START + hour * HOUR, now: START + hour * HOUR, labelledRows };
}

const DAYS = 24;

describe('a retraining', () => {
  test('is started once an alert has been critical for a day, and not again for 7 days', async () => {
    const { store } = await openSince();
    const { asked, own } = starter(async () => 'job-7');
    const started: number[] = [];
    for (let hour = 2; hour < 20 * DAYS; hour++) {
      if ((await retrainIfDue(store, at(hour), settingsOf(), own, newId)) !== undefined) started.push(hour);
    }
    expect(started).toEqual([1 + DAYS, 1 + 8 * DAYS, 1 + 15 * DAYS]);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toMatchObject({ model: MODEL, cause: 'feature age drifted' });
    const { retrainings } = await loadState(store, 'churn');
    expect(retrainings).toMatchObject(
      Array(3).fill({ outcome: 'started', job: 'job-7', cause: `${'0'.repeat(16)}-2026-01-01T01` }),
    );
  });

  test('waits for labels, and is none of a milder alert', async () => {
    const { store } = await openSince();
    const { own } = starter(async () => null);
    expect(await retrainIfDue(store, at(30, 999), settingsOf(), own, newId)).toBeUndefined();
    const world = new World([]);
    for (const hour of [0, 1, 2]) await world.run(hour, drifting(['age'], 'WARNING'));
    expect(await retrainIfDue(world.store, at(30), settingsOf(), own, newId)).toBeUndefined();
    expect(await retrainIfDue(world.store, at(30), settingsOf({ severity: 'warning' }), own, newId)).toBeDefined();
  });

  test('by two runs at once is asked for once', async () => {
    const { store } = await openSince();
    const { asked, own } = starter(async () => 'job');
    await Promise.all([1, 2, 3].map(() => retrainIfDue(store, at(30), settingsOf(), own, newId)));
    expect(asked).toHaveLength(1);
  });

  test('whose answer was lost is not asked for again, for as long as the cooldown lasts', async () => {
    const { store } = await openSince();
    const lost = new DeliveryError('no answer', { isTransient: true, mayHaveArrived: true });
    const { asked, own } = starter(() => Promise.reject(lost));
    expect(await retrainIfDue(store, at(30), settingsOf(), own, newId)).toMatchObject({ outcome: 'unknown' });
    for (let hour = 31; hour < 30 + 7 * DAYS; hour++) await retrainIfDue(store, at(hour), settingsOf(), own, newId);
    expect(asked).toHaveLength(1);
  });

  test('that was refused is asked for again under its id, after six hours and not every hour', async () => {
    const { store } = await openSince();
    const refused = new DeliveryError('answered 503', { isTransient: true });
    const { asked, own } = starter(() => Promise.reject(refused));
    expect(await retrainIfDue(store, at(30), settingsOf(), own, newId)).toMatchObject({ outcome: 'refused' });
    for (let hour = 31; hour < 43; hour++) await retrainIfDue(store, at(hour), settingsOf(), own, newId);
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect((await loadState(store, 'churn')).retrainings).toHaveLength(1);
  });

  test('as a Job, which has a name only once, is asked for again under that name after a lost answer', async () => {
    const { store } = await openSince();
    const lost = new DeliveryError('no answer', { isTransient: true, mayHaveArrived: true });
    const answers = [() => Promise.reject(lost), () => Promise.resolve('job-1')];
    const { asked, own } = starter(() => (answers.shift() ?? (() => Promise.resolve(null)))(), true);
    for (const hour of [30, 31, 32, 33]) await retrainIfDue(store, at(hour), settingsOf(), own, newId);
    expect(asked.map(({ id }) => id)).toEqual([asked[0]?.id, asked[0]?.id]);
    expect((await loadState(store, 'churn')).retrainings).toMatchObject([{ outcome: 'started', job: 'job-1' }]);
  });

  test('started by hand needs no alert, and begins the cooldown anew', async () => {
    const { store } = await openSince();
    const { asked, own } = starter(async () => 'job');
    expect(await retrainNow(store, MODEL, START + 25 * HOUR, own, newId)).toMatchObject({
      cause: 'manual',
      job: 'job',
    });
    expect(await retrainIfDue(store, at(30), settingsOf(), own, newId)).toBeUndefined();
    expect(asked).toHaveLength(1);
  });
});

test('a run that is killed at any write or request starts none twice', async () => {
  for (const moment of ['before', 'after'] as const) {
    for (let point = 0; point < 3; point++) {
      const { store } = await openSince();
      let steps = 0;
      const step = (what: string, when: string) => {
        if (what === '') return;
        if (when === moment) steps += 1;
        if (steps > point) throw new StorageError('killed');
      };
      const process = { before: (what: string) => step(what, 'before'), after: (what: string) => step(what, 'after') };
      let arrived = 0;
      const { own } = starter(async () => {
        step('POST', 'before');
        arrived += 1;
        step('POST', 'after');
        return 'job';
      });
      await retrainIfDue(throughProcess(store, process), at(30), settingsOf(), own, newId).catch(() => undefined);
      for (const hour of [31, 32]) await retrainIfDue(store, at(hour), settingsOf(), own, newId);
      expect(arrived).toBeLessThanOrEqual(1);
    }
  }
});

describe('by HTTP', () => {
  let server: FailingServer;
  beforeAll(async () => {
    server = await startFailingServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.behaviour = 'works';
    server.requests.length = 0;
  });

  const SECRET = 'planted-secret';
  const reference = (name: string) => `\${${name}}`;
  const settings = () =>
    settingsOf({
      http: { url: `${server.url}/train`, headers: { Authorization: `Bearer ${reference('TOKEN')}` }, jobId: 'run.id' },
    });
  const start = () => {
    const context = { env: { TOKEN: SECRET }, createJob: async () => undefined };
    return retrainingStarter(settings(), context).start({ id: 'r-1', model: MODEL, cause: 'manual' });
  };

  test('the id of the job is read from the answer', async () => {
    server.answer = '{"run": {"id": 4711}}';
    expect(await start()).toBe('4711');
    expect(server.requests[0]).toMatchObject({ path: '/train', headers: { 'idempotency-key': 'r-1' } });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ id: 'r-1', model: MODEL, cause: 'manual' });
    server.answer = 'started';
    expect(await start()).toBeNull();
  });

  test.each<[Behaviour, boolean]>([
    ['reset', true],
    ['500', true],
    ['429', false],
    ['400', false],
    ['401', false],
    ['redirect', false],
    ['repeats what it was sent', false],
  ])('%s: may it have been started? %s', async (behaviour, mayHaveArrived) => {
    server.behaviour = behaviour;
    const error = await start().catch((thrown: unknown) => thrown);
    if (!(error instanceof DeliveryError)) throw new Error('no DeliveryError');
    expect(error.failure.mayHaveArrived ?? false).toBe(mayHaveArrived);
    expect(error.message).not.toContain(SECRET);
  });

  test('a secret that is not there is told by its name', () => {
    expect(retrainingProblems(settings(), { env: {} })).toEqual([`retraining.http: ${reference('TOKEN')} is not set`]);
    expect(startInWords(settings())).toBe(`POST ${server.url}/…`);
  });
});
