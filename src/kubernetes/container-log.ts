import type { Cluster } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import { type Clock, POLL_MS, patiently } from './patience.ts';

export interface ContainerName {
  readonly pod: string;
  readonly container: string;
}

/** Of what is asked for again after a break: clocks and buffers differ by seconds, and what is known of it is passed over. */
const OVERLAP_SECONDS = 30;
/** How often it is asked whether the container has ended; a log that stays open for two such rounds longer is left. */
const ROUND_MS = 5_000;

/** The lines that a container has written so far. */
export async function* containerLog(
  cluster: Pick<Cluster, 'openLog'>,
  { pod, container }: ContainerName,
): AsyncGenerator<string> {
  yield* linesOf(await cluster.openLog(pod, container, { follow: false, timestamps: false }));
}

/**
 * The lines that a container has written and writes until it has ended. Load balancers and the client itself cut a
 * connection that is silent for some minutes, as a run may be; it is opened again where it broke off, which the time before
 * each line shows.
 */
export async function* followContainerLog(
  cluster: Pick<Cluster, 'openLog'>,
  { pod, container }: ContainerName,
  hasEnded: () => Promise<boolean>,
  clock: Clock,
): AsyncGenerator<string> {
  let lastTime = '';
  let receivedAt = clock.now();
  for (;;) {
    const wasEnded = await hasEnded();
    const resumedFrom = lastTime;
    const closing = new AbortController();
    const open = () => {
      // The server counts back from the moment it is asked, which may be two minutes after the first try.
      const silentFor = Math.ceil((clock.now() - receivedAt) / 1000);
      const since = resumedFrom === '' ? {} : { sinceSeconds: silentFor + OVERLAP_SECONDS };
      return cluster.openLog(pod, container, {
        follow: !wasEnded,
        timestamps: true,
        ...since,
        signal: closing.signal,
      });
    };
    const log = await patiently(open, clock);
    if (!wasEnded) void closeAfter(hasEnded, closing, clock);
    try {
      for await (const line of linesOf(log)) {
        const [, time = '', text = line] = /^(\d{4}-\d\d-\d\dT\S+) (.*)$/s.exec(line) ?? [];
        // Not of this opening's own lines: those of stdout and stderr may be a little out of order.
        if (time !== '' && time <= resumedFrom) continue;
        if (time > lastTime) lastTime = time;
        receivedAt = clock.now();
        yield text;
      }
      if (wasEnded || (await hasEnded())) return;
    } catch (error) {
      // Of the connection all are of one kind: opened again, or the reason is told why not.
      if (error instanceof ClusterError) throw error;
    } finally {
      closing.abort();
    }
    await clock.sleep(POLL_MS);
  }
}

/** Logs that are rotated, or of nodes that are only simulated, may stay open although the container has ended. */
async function closeAfter(hasEnded: () => Promise<boolean>, closing: AbortController, { sleep }: Clock): Promise<void> {
  try {
    do {
      await sleep(ROUND_MS, closing.signal);
    } while (!(await hasEnded()));
    await sleep(ROUND_MS, closing.signal);
  } catch {
    // Closed already. Or the cluster does not answer, which is noticed when the log is opened again.
  }
  closing.abort();
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
