import { expect, test } from 'vitest';
import type { Notification } from '../../src/alerting/notification.ts';
import { alertSchema } from '../../src/alerting/schema.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { drifting, World } from './world.ts';

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

test('a month of hourly runs tells each sink of three episodes, their reminders and their ends, and of nothing else', async () => {
  const world = new World(['slack', 'pagerduty']);
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

  const rows = world.receivers.map(({ name, received }) => ({ sink: name, ...counts(received) }));
  const document = alertSchema.parse(world.store.json(`alerts/churn/${'0'.repeat(16)}.json`));
  const changes = document.lifecycle?.history ?? [];
  rows.push({
    sink: 'storage',
    opened: changes.filter(({ change }) => change === 'opened').length,
    repeated: changes.filter(({ change }) => change === 'repeated').length,
    resolved: changes.filter(({ change }) => change === 'resolved').length,
    doubled: 0,
  });
  console.table(rows);
  // Of the 30 runs one reminder 24 hours on, of the 100 runs four.
  for (const row of rows) expect(row).toMatchObject({ opened: 3, repeated: 5, resolved: 3, doubled: 0 });
  expect(document.lifecycle).toMatchObject({ state: 'resolved', dedupKey: `${'0'.repeat(16)}-2026-01-17T17` });
  expect(world.store.json('alerts/churn/state.json')).toMatchObject({ outbox: [] });
});

function counts(received: readonly Notification[]) {
  const of = (change: string) =>
    received.filter(({ alerts }) => alerts.some((alert) => alert.change === change)).length;
  const doubled = received.length - new Set(received.map(({ id }) => id)).size;
  return { opened: of('opened'), repeated: of('repeated'), resolved: of('resolved'), doubled };
}
