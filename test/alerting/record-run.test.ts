import { expect, test } from 'vitest';
import { loadState } from '../../src/alerting/state-store.ts';
import { drifting, World } from './world.ts';

const EMPTY = { status: 'no-data', rows: 0 } as const;
const FEW = { status: 'insufficient-data', rows: 20 } as const;

function changes(world: World): string[] {
  const [receiver] = world.receivers;
  return (receiver?.received ?? []).flatMap(({ alerts }) => alerts.map(({ rule, change }) => `${rule} ${change}`));
}

test('no data is an alert of its own, and neither opens nor resolves another one', async () => {
  const world = new World(['slack']);
  await world.run(0, drifting(['age']));
  for (const hour of [1, 2, 3, 4]) await world.run(hour, EMPTY);
  for (const hour of [5, 6]) await world.run(hour, FEW);
  expect(changes(world)).toEqual(['no-data opened']);
  await world.run(7, drifting(['age']));
  expect(changes(world)).toEqual(['no-data opened', 'signal-drift opened', 'no-data resolved']);
  for (const hour of [8, 9, 10, 11, 12]) await world.run(hour, hour % 2 === 0 ? EMPTY : FEW);
  expect(changes(world).filter((change) => change.startsWith('signal-drift'))).toEqual(['signal-drift opened']);
  const { alerts } = await loadState(world.store, 'churn');
  expect(alerts.find(({ rule }) => rule === 'signal-drift')).toMatchObject({ state: 'open' });
});

test('few requests are an alert once the hour is known from earlier days, also where they are too few to judge', async () => {
  const world = new World(['slack']);
  for (let hour = 0; hour < 72; hour++) await world.run(hour, drifting([]));
  world.rowsOfLastHour = 5;
  for (const hour of [72, 73]) await world.run(hour, FEW);
  expect(changes(world)).toEqual(['low-volume opened']);
  world.rowsOfLastHour = 100;
  for (const hour of [74, 75, 76]) await world.run(hour, drifting([]));
  expect(changes(world)).toEqual(['low-volume opened', 'low-volume resolved']);
});

test("a report's alerts are the window's alone; how they stand is told beside them", async () => {
  const world = new World([]);
  const first = await world.run(0, drifting(['age']));
  expect(first.alerts).toHaveLength(1);
  expect(first.run.alerts).toMatchObject([{ state: 'pending', change: null, since: '2025-12-31T23:00:00.000Z' }]);
  const second = await world.run(1, drifting(['age']));
  expect(second.alerts).toEqual(first.alerts);
  expect(second.run.alerts).toMatchObject([{ state: 'open', change: 'opened', since: '2025-12-31T23:00:00.000Z' }]);
  const calm = await world.run(2, drifting([]));
  expect(calm.alerts).toEqual([]);
  expect(calm.run.alerts).toMatchObject([{ state: 'open', change: null }]);
});

test('a state of another format is not touched: the report is written, and the run fails with what to do', async () => {
  const world = new World([]);
  await world.store.put('alerts/churn/state.json', Buffer.from('{"format": 9}'));
  await expect(world.run(0, drifting(['age']))).rejects.toThrow(
    /state\.json in memory: is no state of alerts .*delete it/,
  );
  expect(world.store.json('alerts/churn/state.json')).toEqual({ format: 9 });
  expect(world.store.json('drift-reports/churn/latest.json')).toMatchObject({ status: 'drift' });
});

test('500 drifted features are one notification a sink, and state and outbox of at most a megabyte', async () => {
  const world = new World(['slack', 'pagerduty']);
  const [slack] = world.receivers;
  if (slack === undefined) throw new Error('no receiver');
  slack.failure = () => new Error('away');
  const names = Array.from({ length: 500 }, (_, index) => `feature ${index} ${'x'.repeat(100)}`);
  for (const hour of [0, 1, 2]) await world.run(hour, drifting(names));
  expect(world.receivers[1]?.received.map(({ alerts }) => alerts.length)).toEqual([500]);
  expect(world.store.objects.get('alerts/churn/state.json')?.bytes.length).toBeLessThan(1_000_000);
  slack.failure = undefined;
  await world.run(3, drifting(names));
  expect(slack.received.map(({ alerts }) => alerts.length)).toEqual([500]);
});

test('alerts of a version that is judged no more end a week later, and the version is forgotten with its last alert', async () => {
  const world = new World(['slack']);
  const old = { model: { name: 'churn', version: 'v0' } };
  for (const hour of [0, 1, 2]) await world.run(hour, { ...drifting(['age']), ...old });
  const week = 7 * 24;
  await world.run(week + 1, drifting([]));
  expect(changes(world)).toEqual(['signal-drift opened']);
  await world.run(week + 2, drifting([]));
  await world.run(week + 3, drifting([]));
  expect(changes(world)).toEqual(['signal-drift opened', 'signal-drift resolved']);
  expect(world.receivers[0]?.received.at(-1)).toMatchObject({
    model: { name: 'churn', version: 'v0' },
    open: { CRITICAL: 0, WARNING: 0 },
    report: 'drift-reports/churn/v0/year=2026/month=01/day=01/hour=01/report.json',
  });
  expect(world.store.json('alerts/churn/0000000000000000.json')).toMatchObject({ lifecycle: { state: 'resolved' } });
  const versions = async () => (await loadState(world.store, 'churn')).versions.map(({ version }) => version);
  expect(await versions()).toEqual(['v0', 'v1']);
  await world.run(week + 2 + 90 * 24, drifting([]));
  expect(await versions()).toEqual(['v1']);
});

test('a signal with too few values for a verdict of its own keeps its alert as it is', async () => {
  const world = new World(['slack']);
  for (const hour of [0, 1]) await world.run(hour, drifting(['age']));
  world.unjudged = ['age'];
  for (const hour of [2, 3, 4, 5]) await world.run(hour, drifting([]));
  expect(changes(world)).toEqual(['signal-drift opened']);
  world.unjudged = [];
  for (const hour of [6, 7, 8]) await world.run(hour, drifting([]));
  expect(changes(world)).toEqual(['signal-drift opened', 'signal-drift resolved']);
});

test('few requests stay an alert for four days: they are not what is usual', async () => {
  const world = new World(['slack']);
  for (let hour = 0; hour < 7 * 24; hour++) await world.run(hour, drifting([]));
  world.rowsOfLastHour = 5;
  for (let hour = 7 * 24; hour < 11 * 24; hour++) await world.run(hour, drifting([]));
  expect(changes(world).filter((change) => change === 'low-volume repeated')).toHaveLength(3);
  expect(changes(world)).not.toContain('low-volume resolved');
  // What could not be read is not few.
  world.rowsOfLastHour = undefined;
  for (let hour = 11 * 24; hour < 11 * 24 + 4; hour++) await world.run(hour, drifting([]));
  expect(changes(world)).not.toContain('low-volume resolved');
  world.rowsOfLastHour = 100;
  for (let hour = 11 * 24 + 4; hour < 11 * 24 + 8; hour++) await world.run(hour, drifting([]));
  expect(changes(world).at(-1)).toBe('low-volume resolved');
});
