import { afterAll, beforeAll, expect, test } from 'vitest';
import { alertSchema } from '../../src/alerting/schema.ts';
import type { SinkKind } from '../../src/config/sink-settings.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { type FailingMailServer, startFailingMailServer } from './failing-mail-server.ts';
import { type FailingServer, startFailingServer } from './failing-server.ts';
import {
  type Told,
  toldByMail,
  toldInCluster,
  toldInSlack,
  toldInStorage,
  toldInTeams,
  toldToAlertmanager,
  toldToPagerDuty,
  toldToWebhook,
} from './what-receivers-got.ts';
import { drifting, HOUR, START, World } from './world.ts';

const HOURS = 720;
/** First and last hour of each. */
const EPISODES = [
  [50, 79],
  [200, 204],
  [400, 499],
] as const;
/** Single drifted verdicts between them, never two within three runs. */
const SINGLE = [10, 14, 20, 100, 110, 150, 190, 215, 300, 350, 380, 520, 600, 700];

const OUTAGE = 60;
const CRASHES = [201, 450];
const DOUBLED = 401;

function isDrifted(hour: number): boolean {
  return SINGLE.includes(hour) || EPISODES.some(([first, last]) => hour >= first && hour <= last);
}

/** A process that dies after its n-th write or request, and does nothing ever after. */
function dyingAfter(count: number) {
  let done = 0;
  const check = () => {
    if (done >= count) throw new StorageError('killed');
  };
  return {
    before: check,
    after: (what: string) => {
      if (what !== '') done += 1;
    },
  };
}

let server: FailingServer;
let mail: FailingMailServer;
beforeAll(async () => {
  [server, mail] = await Promise.all([startFailingServer(), startFailingMailServer()]);
});
afterAll(async () => {
  await Promise.all([server.close(), mail.close()]);
});

const reference = (name: string) => `\${${name}}`;

/** Every kind of sink there is, each to a server that is really asked. */
function everySink() {
  const http = ['slack', 'teams', 'webhook', 'alertmanager'].map((kind) => ({ kind, url: `${server.url}/${kind}` }));
  const smtp = { host: '127.0.0.1', port: mail.port, tls: 'off', from: 'drift@example.com', to: ['ml@example.com'] };
  return [
    ...http,
    { kind: 'pagerduty', url: `${server.url}/pagerduty`, routingKey: reference('KEY') },
    { kind: 'email', ...smtp },
    { kind: 'kubernetes-event', object: 'CronJob/drift' },
  ];
}

test('a month of hourly runs tells each sink of three episodes, their reminders and their ends, and of nothing else', async () => {
  const world = new World([], { sinks: everySink() }, { KEY: 'routing-key' });
  const failures: number[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const changes = drifting(isDrifted(hour) ? ['age'] : []);
    if (hour === OUTAGE) {
      await world.run(hour, changes, dyingAfter(0)).catch(() => failures.push(hour));
    } else if (CRASHES.includes(hour)) {
      // In the one run before its state is written, in the other one in the midst of its reports.
      await world.run(hour, changes, dyingAfter(hour === CRASHES[0] ? 2 : 1)).catch(() => failures.push(hour));
    } else if (hour === DOUBLED) {
      await Promise.all([world.run(hour, changes), world.run(hour, changes)]);
    } else await world.run(hour, changes);
  }
  expect(failures).toEqual([OUTAGE, ...CRASHES].sort((a, b) => a - b));

  const { lifecycle } = alertSchema.parse(world.store.json(`alerts/churn/${'0'.repeat(16)}.json`));
  const sentTo = (sink: string) => server.requests.filter(({ path }) => path.split('/')[1] === sink);
  const told: Readonly<Record<SinkKind | 'storage', Told>> = {
    storage: toldInStorage(lifecycle?.history ?? []),
    slack: toldInSlack(sentTo('slack')),
    pagerduty: toldToPagerDuty(sentTo('pagerduty')),
    teams: toldInTeams(sentTo('teams')),
    webhook: toldToWebhook(sentTo('webhook')),
    alertmanager: toldToAlertmanager(sentTo('alertmanager'), START + HOURS * HOUR),
    email: toldByMail(mail.mails),
    'kubernetes-event': toldInCluster(world.events),
  };
  console.table(told);
  for (const [sink, counts] of Object.entries(told)) {
    // Of the 30 runs one reminder 24 hours on, of the 100 runs four.
    expect({ sink, ...counts }).toEqual({ sink, opened: 3, repeated: 5, resolved: 3, doubled: 0 });
  }
  expect(lifecycle).toMatchObject({ state: 'resolved', dedupKey: `${'0'.repeat(16)}-2026-01-17T17` });
  expect(world.store.json('alerts/churn/state.json')).toMatchObject({ outbox: [] });
});
