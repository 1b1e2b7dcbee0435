import { describe, expect, test } from 'vitest';
import type { Notification } from '../../src/alerting/notification.ts';
import { alertSchema } from '../../src/alerting/schema.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import type { Interruptible } from './versioned-store.ts';
import { drifting, World } from './world.ts';

const FEATURES = ['age', 'plan'];

class Killed extends StorageError {}

/** Dies before or after its n-th write or request took effect; from then on nothing of it reaches the world. */
class Process implements Interruptible {
  readonly done: string[] = [];
  readonly #at: number;
  readonly #moment: 'before' | 'after';
  #isDead = false;

  constructor(at: number, moment: 'before' | 'after') {
    this.#at = at;
    this.#moment = moment;
  }

  before(what: string): void {
    if (this.#isDead) throw new Killed('dead');
    if (what !== '') this.#step(what, 'before');
  }

  after(what: string): void {
    // What had begun goes on while the process lives.
    if (this.#isDead) throw new Killed('dead');
    this.#step(what, 'after');
  }

  #step(what: string, moment: 'before' | 'after'): void {
    if (moment === 'before') this.done.push(what);
    if (this.done.length - 1 === this.#at && moment === this.#moment) {
      this.#isDead = true;
      throw new Killed(`killed ${moment} ${what}`);
    }
  }
}

/** One drifted run, then the one that opens two alerts, which dies; then the next one, at once or an hour later. */
async function story(process: Process, next: 'at once' | 'an hour later') {
  const world = new World(['slack', 'pagerduty', 'webhook']);
  await world.run(0, drifting(FEATURES));
  await world.run(1, drifting(FEATURES), process).catch(() => undefined);
  await world.run(next === 'at once' ? 1 : 2, drifting(FEATURES));
  return world;
}

function keys(received: readonly Notification[]): string[] {
  return [
    ...new Set(received.flatMap(({ alerts }) => alerts.map(({ dedupKey, change }) => `${change} ${dedupKey}`))),
  ].sort();
}

const whole = new Process(Number.POSITIVE_INFINITY, 'before');
await story(whole, 'an hour later');

describe(`kill -9 at each of the ${whole.done.length} writes and requests of a run`, () => {
  test('they are what a run does: report, latest, state, documents, page, one request a sink, outbox, report', () => {
    const kinds = new Set(
      whole.done.map((what) =>
        what.replace(/drift-reports\/churn\/v1\/.*html/, 'page').replace(/drift-reports\/churn\/v1\/.*/, 'report'),
      ),
    );
    expect([...kinds].sort()).toEqual([
      'POST pagerduty',
      'POST slack',
      'POST webhook',
      'put alerts/churn/0000000000000000.json',
      'put alerts/churn/0000000000000001.json',
      'put alerts/churn/state.json',
      'put drift-reports/churn/latest.html',
      'put drift-reports/churn/latest.json',
      'put page',
      'put report',
    ]);
  });

  const points = whole.done.flatMap((what, at) =>
    (['before', 'after'] as const).flatMap((moment) =>
      (['at once', 'an hour later'] as const).map(
        (next) => [`${moment} ${at + 1}: ${what}`, next, at, moment] as const,
      ),
    ),
  );
  test.each(points)(
    '%s, and the next run %s: every sink has every alert, under the same key',
    async (_, next, at, moment) => {
      const world = await story(new Process(at, moment), next);
      const expected = [0, 1].map((index) => {
        const id = index.toString(16).padStart(16, '0');
        const { lifecycle } = alertSchema.parse(world.store.json(`alerts/churn/${id}.json`));
        expect(lifecycle).toMatchObject({ state: 'open', dedupKey: expect.stringMatching(new RegExp(`^${id}-`)) });
        return `opened ${lifecycle?.dedupKey}`;
      });
      for (const { received } of world.receivers) expect(keys(received)).toEqual(expected);
      expect(world.store.json('alerts/churn/state.json')).toMatchObject({ outbox: [] });
    },
  );
});

test('two runs of one window at once send once', async () => {
  const world = new World(['slack']);
  await world.run(0, drifting(FEATURES));
  await Promise.all([1, 2, 3].map(() => world.run(1, drifting(FEATURES))));
  expect(world.receivers[0]?.received).toHaveLength(1);
});
