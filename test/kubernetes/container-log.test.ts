import { expect, test } from 'vitest';
import type { LogOptions } from '../../src/kubernetes/cluster.ts';
import { ClusterError } from '../../src/kubernetes/cluster-error.ts';
import { containerLog, followContainerLog } from '../../src/kubernetes/container-log.ts';
import { systemClock } from '../../src/kubernetes/patience.ts';

const NAME = { pod: 'p', container: 'c' };
const at = (second: number, text: string) => `2026-11-21T14:06:0${second}.000000000Z ${text}\n`;

interface Opening {
  readonly chunks: readonly string[];
  /** What the connection does after them; it ends in order when absent. */
  readonly after?: 'breaks' | 'stays open';
  /** The container has ended when they are sent. */
  readonly isLast?: true;
}

/** Time goes on when nothing else does, to the next timer. */
function virtualClock() {
  let now = 0;
  const timers = new Map<() => void, number>();
  const wake = () => {
    const [first] = [...timers].sort(([, a], [, b]) => a - b);
    if (first === undefined) return;
    const [resolve, time] = first;
    timers.delete(resolve);
    now = Math.max(now, time);
    resolve();
  };
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      timers.set(resolve, now + ms);
      signal?.addEventListener('abort', () => {
        timers.delete(resolve);
        reject(signal.reason);
      });
      setImmediate(wake);
    });
  return { now: () => now, sleep, timers, advance: (ms: number) => (now += ms) };
}

/** A log that is opened several times, of a container that runs until the last line of one of them. */
function openings(...each: readonly Opening[]) {
  const asked: LogOptions[] = [];
  let ended = false;
  const clock = virtualClock();
  const openedAt: number[] = [];
  async function* send({ chunks, after, isLast }: Opening, signal: AbortSignal | undefined) {
    for (const chunk of chunks) yield Buffer.from(chunk);
    if (isLast) ended = true;
    if (after === 'breaks') throw new TypeError('terminated');
    if (after === 'stays open') {
      await new Promise((_, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    }
  }
  const cluster = {
    openLog: async (_pod: string, _container: string, options: LogOptions) => {
      asked.push(options);
      openedAt.push(clock.now());
      return send(each[asked.length - 1] ?? { chunks: [] }, options.signal);
    },
  };
  const follow = () => followContainerLog(cluster, NAME, async () => ended, clock);
  return { follow, asked, openedAt, end: () => (ended = true), clock };
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

test('lines arrive whole, however the bytes were cut', async () => {
  const bytes = Buffer.from('Grüße\nzweite Zeile\n\nohne Ende');
  const chunks = [...bytes].map((byte) => Buffer.from([byte]));
  const cluster = {
    openLog: async () =>
      (async function* () {
        yield* chunks;
      })(),
  };
  expect(await all(containerLog(cluster, NAME))).toEqual(['Grüße', 'zweite Zeile', '', 'ohne Ende']);
});

test('a log that breaks off is taken up again, no line lost and none twice', async () => {
  const { follow, asked } = openings(
    { chunks: [at(1, 'one'), at(2, 'two')], after: 'breaks' },
    { chunks: [at(1, 'one'), at(2, 'two'), at(3, 'three')], isLast: true },
  );
  expect(await all(follow())).toEqual(['one', 'two', 'three']);
  expect(asked.map(({ follow, sinceSeconds }) => ({ follow, sinceSeconds }))).toEqual([
    { follow: true, sinceSeconds: undefined },
    { follow: true, sinceSeconds: 31 },
  ]);
});

test('what is asked for again reaches back over the silence', async () => {
  const { follow, asked, clock } = openings(
    { chunks: [at(1, 'one')], after: 'breaks' },
    { chunks: [at(2, 'two')], isLast: true },
  );
  const log = follow();
  await log.next();
  clock.advance(240_000);
  await log.next();
  expect(asked[1]?.sinceSeconds).toBe(271);
});

test('the silence lasts until the cluster is there again, whenever it was first asked', async () => {
  const clock = virtualClock();
  const asked: LogOptions[] = [];
  const answers = [[at(1, 'one')], [at(2, 'two')]];
  const cluster = {
    openLog: async (_pod: string, _container: string, options: LogOptions) => {
      if (asked.length === 1 && clock.now() < 100_000) throw new ClusterError('unavailable', 'cannot answer now');
      asked.push(options);
      return (async function* () {
        for (const line of answers[asked.length - 1] ?? []) yield Buffer.from(line);
      })();
    },
  };
  expect(await all(followContainerLog(cluster, NAME, async () => asked.length === 2, clock))).toEqual(['one', 'two']);
  expect(asked[1]?.sinceSeconds).toBe(130);
});

test('lines of equal or slightly earlier time within one connection are all passed on', async () => {
  const { follow } = openings(
    { chunks: [at(2, 'out'), at(2, 'err'), at(1, 'late'), at(3, 'last')], after: 'breaks' },
    { chunks: [at(2, 'out'), at(2, 'err'), at(1, 'late'), at(3, 'last'), at(4, 'more')], isLast: true },
  );
  expect(await all(follow())).toEqual(['out', 'err', 'late', 'last', 'more']);
});

test('a log that ends at once while its container is not yet reported as ended is asked for once a second', async () => {
  const { follow, openedAt } = openings({ chunks: [] }, { chunks: [] }, { chunks: [] }, { chunks: [], isLast: true });
  await all(follow());
  expect(openedAt).toEqual([0, 1_000, 2_000, 3_000]);
});

test('a log that has been left leaves no timer behind', async () => {
  const { follow, clock } = openings({ chunks: [at(1, 'one')], after: 'breaks' }, { chunks: [], isLast: true });
  await all(follow());
  expect(clock.timers.size).toBe(0);
  await expect(systemClock.sleep(60_000, AbortSignal.abort())).rejects.toThrow('aborted');
});

test('of a container that has ended the log is read once and not followed', async () => {
  const { follow, asked, end } = openings({ chunks: [at(1, 'one')] });
  end();
  expect(await all(follow())).toEqual(['one']);
  expect(asked.map(({ follow }) => follow)).toEqual([false]);
});

test('a log that stays open after its container has ended is left, and read to its end once more', async () => {
  const { follow, asked } = openings(
    { chunks: [at(1, 'one')], after: 'stays open', isLast: true },
    { chunks: [at(1, 'one'), at(2, 'two')] },
  );
  expect(await all(follow())).toEqual(['one', 'two']);
  expect(asked.map(({ follow }) => follow)).toEqual([true, false]);
});

test('a cluster that is away is asked again for two minutes', async () => {
  let now = 0;
  let asked = 0;
  const clock = { now: () => now, sleep: async (ms: number) => (now += ms) };
  const cluster = {
    openLog: async () => {
      asked++;
      throw new ClusterError('unreachable', 'refuses connections');
    },
  };
  await expect(all(followContainerLog(cluster, NAME, async () => false, clock))).rejects.toThrow('refuses');
  expect(asked).toBe(121);
});
