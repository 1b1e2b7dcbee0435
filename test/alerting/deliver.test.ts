import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configuredSinks, sinkObstacles, sinkProblems } from '../../src/alerting/open-sinks.ts';
import { DeliveryError } from '../../src/alerting/sink.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { summary } from '../../src/report/summary.ts';
import { takeRun, tell } from '../../src/report/take-run.ts';
import { aReport } from '../report/a-report.ts';
import { type FailingMailServer, startFailingMailServer } from './failing-mail-server.ts';
import { type Behaviour, type FailingServer, startFailingServer } from './failing-server.ts';
import { VersionedStore } from './versioned-store.ts';
import { drifting, HOUR, ManualClock, START, World } from './world.ts';

/** A world in which an alert has just opened at hour 1, told to receivers of which the first one fails. */
async function opened(failure: () => Error) {
  const world = new World(['slack', 'pagerduty']);
  const [slack, pagerduty] = world.receivers;
  if (slack === undefined || pagerduty === undefined) throw new Error('no receivers');
  slack.failure = failure;
  await world.run(0, drifting(['age']));
  const before = world.clock.time;
  const report = await world.run(1, drifting(['age']));
  return { world, slack, pagerduty, report, waited: world.clock.time - before - HOUR };
}

const away = () => new DeliveryError('slack answered 503', { isTransient: true });

describe('a run by hand without the sinks of the job', () => {
  test('leaves what they have not taken to the job, and tells them what it has found out', async () => {
    const { world, slack, pagerduty } = await opened(away);
    const alone = new World([]);
    const byHand = (hour: number, changes: Parameters<World['run']>[1]) => alone.run(hour, changes);
    for (const [key, object] of world.store.objects) alone.store.objects.set(key, object);
    alone.clock.time = world.clock.time;
    const report = await byHand(2, drifting(['age', 'plan']));
    expect(report.run.deliveries).toContainEqual(expect.objectContaining({ sink: 'slack', status: 'failed' }));
    await byHand(3, drifting(['age', 'plan']));
    for (const [key, object] of alone.store.objects) world.store.objects.set(key, object);
    slack.failure = undefined;
    await world.run(4, drifting(['age', 'plan']));
    const told = ({ received }: typeof slack) =>
      received.flatMap(({ alerts }) => alerts.map(({ signal, change }) => `${signal} ${change}`));
    expect(told(slack)).toEqual(['age opened', 'plan opened']);
    expect(told(pagerduty)).toEqual(['age opened', 'plan opened']);
  });
});

describe('a sink that fails', () => {
  test('delays no other, is tried three times in the run, and is in the report and the summary', async () => {
    let attempts = 0;
    const { pagerduty, report } = await opened(() => {
      attempts += 1;
      return away();
    });
    expect(attempts).toBe(3);
    expect(pagerduty.received).toHaveLength(1);
    const failed = report.run.deliveries?.filter(({ status }) => status === 'failed');
    expect(failed).toMatchObject([{ sink: 'slack', attempts: 3, error: 'slack answered 503' }]);
    expect(summary(report)).toMatch(
      /\nAlerts: 1 \(0 CRITICAL, 1 WARNING\), 1 new, 0 ongoing, 0 resolved\nNot delivered: slack \(slack answered 503\)\n=+$/,
    );
  });

  test('gets what it missed from the next run, in order, and nobody else gets it again', async () => {
    const { world, slack, pagerduty } = await opened(away);
    for (const hour of [2, 3, 4]) await world.run(hour, drifting([]));
    slack.failure = undefined;
    await world.run(5, drifting([]));
    const changes = slack.received.map(({ alerts }) => alerts.map(({ change }) => change).join());
    expect(changes).toEqual(['opened', 'resolved']);
    expect(pagerduty.received).toHaveLength(2);
    expect(slack.received.map(({ id }) => id)).toEqual(pagerduty.received.map(({ id }) => id));
  });

  test('that refuses one message gets the next one all the same', async () => {
    const { world, slack } = await opened(() => new DeliveryError('answered 400', { isTransient: false }));
    let calls = 0;
    slack.failure = () => {
      calls += 1;
      if (calls === 1) slack.failure = undefined;
      return new DeliveryError('answered 400', { isTransient: false });
    };
    for (const hour of [2, 3, 4]) await world.run(hour, drifting([]));
    expect(slack.received.some(({ alerts }) => alerts[0]?.change === 'resolved')).toBe(true);
  });

  test('is waited for as long as it asks, up to half a minute', async () => {
    const asks = (retryAfterMs: number) => () => new DeliveryError('429', { isTransient: true, retryAfterMs });
    expect((await opened(asks(7000))).waited).toBeGreaterThanOrEqual(14_000);
    const late = await opened(asks(600_000));
    expect(late.waited).toBeLessThan(5_000);
    expect(late.report.run.deliveries).toContainEqual(expect.objectContaining({ sink: 'slack', attempts: 1 }));
  });

  test('is given up after a week', async () => {
    const { world } = await opened(away);
    const report = await world.run(24 * 8, drifting(['age']));
    expect(report.run.deliveries).toContainEqual(expect.objectContaining({ sink: 'slack', status: 'abandoned' }));
  });
});

test('a sink that is told of critical alerts only hears of what became critical, and of its end', async () => {
  const sent: string[] = [];
  const store = new VersionedStore();
  const { alerts } = settingsSchema.parse({
    alerts: { sinks: [{ kind: 'webhook', url: 'http://receiver', severity: 'critical' }] },
  });
  const fetch: typeof globalThis.fetch = async (_, init) => {
    sent.push(...JSON.parse(String(init?.body)).alerts.map((alert: { change: string }) => alert.change));
    return new Response('ok');
  };
  const context = { store, env: {}, createEvent: async () => undefined, fetch };
  const letters = ['W', 'W', 'C', 'C', '.', '.', '.', 'W', 'W', '.', '.', '.'];
  for (const [hour, letter] of letters.entries()) {
    const changes = drifting(letter === '.' ? [] : ['age'], letter === 'C' ? 'CRITICAL' : 'WARNING');
    await oneRun(store, hour, changes, alerts, context);
  }
  expect(sent).toEqual(['escalated', 'resolved']);
});

async function oneRun(
  store: VersionedStore,
  hour: number,
  changes: ReturnType<typeof drifting>,
  settings: ReturnType<typeof settingsSchema.parse>['alerts'],
  sinkContext: Parameters<typeof configuredSinks>[1],
) {
  const clock = new ManualClock();
  clock.time = START + hour * HOUR;
  const sinks = configuredSinks(settings, sinkContext);
  const context = { settings, isCurrent: true, sinks, run: `run ${hour}`, effects: clock };
  const to = new Date(clock.time).toISOString();
  const report = aReport(to, changes);
  report.run.baselineCreatedAt = to;
  const details = {
    rowsOfLastHour: 100,
    hasEnoughRows: true,
    hasStatus: true,
    hasLatency: true,
    unjudged: new Set<string>(),
    labelledRows: 0,
  };
  const taken = await takeRun(store, report, details, context);
  const [told] = await tell(store, 'churn', [taken], context);
  return told?.report ?? taken.report;
}

/** As a setting names a variable of the environment, or a file. */
function reference(name: string): string {
  return `\${${name}}`;
}

describe('secrets', () => {
  let server: FailingServer;
  let mail: FailingMailServer;
  beforeAll(async () => {
    [server, mail] = await Promise.all([startFailingServer(), startFailingMailServer()]);
  });
  afterAll(async () => {
    await Promise.all([server.close(), mail.close()]);
  });

  const PLANTED = 'planted/secret "5f3a"';

  test.each<Behaviour>(['no answer', '429', '500', 'reset', 'redirect', '401', 'repeats what it was sent'])(
    'are in no report, state, document or error when every sink fails by %s',
    async (behaviour) => {
      server.behaviour = behaviour;
      mail.behaviour = behaviour === 'no answer' ? 'no answer' : 'repeats what it was sent';
      const env = {
        PATH_SECRET: `${server.url}/${encodeURIComponent(PLANTED)}`,
        KEY: PLANTED,
        UNTRUSTED: `${server.untrustedUrl}/${encodeURIComponent(PLANTED)}`,
      };
      const sinks = [
        { kind: 'slack', url: reference('PATH_SECRET') },
        { kind: 'pagerduty', url: server.url, routingKey: reference('KEY') },
        { kind: 'teams', url: reference('UNTRUSTED') },
        {
          kind: 'webhook',
          url: reference('PATH_SECRET'),
          hmacSecret: reference('KEY'),
          headers: { 'X-Token': `Bearer ${reference('file:/run/token')}` },
        },
        { kind: 'alertmanager', url: server.url, headers: { Authorization: `Basic ${reference('KEY64')}` } },
        {
          kind: 'email',
          host: '127.0.0.1',
          port: mail.port,
          tls: 'off',
          user: 'u',
          password: reference('KEY'),
          from: 'a@b',
          to: ['c@d'],
        },
      ].map((sink) => ({ ...sink, timeoutSeconds: 1 }));
      const { alerts } = settingsSchema.parse({ alerts: { sinks } });
      const sources = { env: { ...env, KEY64: Buffer.from(PLANTED).toString('base64') }, readFile: () => PLANTED };
      expect(sinkObstacles(alerts, sources)).toEqual([]);
      const store = new VersionedStore();
      const context = { ...sources, store, createEvent: async () => undefined };
      await oneRun(store, 0, drifting(['age']), alerts, context);
      const report = await oneRun(store, 1, drifting(['age']), alerts, context);
      const failed = report.run.deliveries?.filter(({ status }) => status === 'failed') ?? [];
      expect(failed.map(({ sink }) => sink).sort()).toEqual([
        'alertmanager',
        'email',
        'pagerduty',
        'slack',
        'teams',
        'webhook',
      ]);
      const output = [JSON.stringify(report), summary(report), store.text()].join('\n');
      for (const form of [
        PLANTED,
        encodeURIComponent(PLANTED),
        JSON.stringify(PLANTED).slice(1, -1),
        sources.env.KEY64,
      ]) {
        expect(output).not.toContain(form);
      }
    },
  );

  test('that are not there are told by their names, all at once', () => {
    const { alerts } = settingsSchema.parse({
      alerts: {
        sinks: [
          { kind: 'slack', url: reference('SLACK_URL') },
          { kind: 'pagerduty', routingKey: reference('file:/nowhere/key') },
          { kind: 'slack', url: 'https://hooks.example.com/x' },
          { kind: 'webhook', url: 'https://example.com', format: 'template' },
        ],
      },
    });
    expect(sinkObstacles(alerts, { env: {} })).toEqual([
      `alerts.sinks.0 (slack): ${reference('SLACK_URL')} is not set`,
      `alerts.sinks.1 (pagerduty): ${reference('file:/nowhere/key')} is no file with content`,
    ]);
    expect(sinkProblems(alerts)).toEqual([
      'alerts.sinks: more than one is called slack; give each a name of its own',
      'alerts.sinks.3: format template needs a template',
    ]);
  });
});
