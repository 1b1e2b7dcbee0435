import type { ObjectStore } from '../storage/object-store.ts';
import type { DeliveryEffects } from './effects.ts';
import type { Notification } from './notification.ts';
import { CLAIM_MS, claimAll, isFree, pendingOf, release, settle, waitingSinks } from './outbox.ts';
import type { Delivery } from './schema.ts';
import { DeliveryError, type Sink } from './sink.ts';
import type { AlertState } from './state.ts';
import { loadState, updateState } from './state-store.ts';

/** Attempts at one notification in one run, and the pauses between them, in milliseconds, each half of it by chance. */
const ATTEMPTS = 3;
const PAUSES_MS = [1_000, 5_000];
/** A receiver that wants to be left alone for longer gets it from the next run. */
const LONGEST_PAUSE_MS = 30_000;
const POLL_MS = 2_000;
const UNKNOWN_SINK = 'the configuration of this run has no sink of that name';

export interface DeliveryRequest {
  readonly store: ObjectStore;
  readonly modelName: string;
  /** The sinks by name; each is opened only when there is something for it. */
  readonly sinks: ReadonlyMap<string, () => Promise<Sink>>;
  /** Identifies this run among those that work at the same time. */
  readonly run: string;
  readonly effects: DeliveryEffects;
}

/**
 * Sends what is in the outbox of a model, to all sinks at once, to each in order. What fails stays for the next run. What
 * another run is sending is left to it, but waited for: if that run has died, its claim ends and this one takes over.
 * Never rejects.
 */
export async function deliverAll(request: DeliveryRequest): Promise<Delivery[]> {
  try {
    const state = await loadState(request.store, request.modelName);
    const outcomes = await Promise.all(waitingSinks(state).map((sink) => deliverTo(sink, request)));
    return outcomes.flat();
  } catch (error) {
    return [{ sink: 'storage', notification: '', status: 'failed', attempts: 0, error: messageOf(error) }];
  }
}

async function deliverTo(sink: string, request: DeliveryRequest): Promise<Delivery[]> {
  const { store, modelName, sinks, run, effects } = request;
  const update = (change: (state: AlertState) => AlertState) => updateState(store, modelName, change, effects.sleep);
  const outcomes: Delivery[] = [];
  const failed = new Map<string, { attempts: number; error: string }>();
  const outcome = (id: string, status: Delivery['status'], attempts: number, error?: string) =>
    outcomes.push({ sink, notification: id, status, attempts, ...(error !== undefined && { error }) });
  try {
    const open = sinks.get(sink);
    if (open === undefined) {
      // Another run may have it: this one may be somebody's own, without the configuration of the job.
      for (const { notification, isOverdue } of pendingOf(await loadState(store, modelName), sink, effects.now())) {
        if (isOverdue) await update((before) => settle(before, sink, notification.id));
        outcome(notification.id, isOverdue ? 'abandoned' : 'failed', 0, UNKNOWN_SINK);
      }
      return outcomes;
    }
    for (;;) {
      const state = await update((before) => claimAll(before, sink, run, effects.now()));
      const [next] = pendingOf(state, sink, effects.now()).filter(({ notification }) => !failed.has(notification.id));
      if (next === undefined) break;
      const { notification, delivery, isOverdue } = next;
      if (!isFree(delivery, run, effects.now())) {
        // The order is kept: nothing is sent past what another run is sending.
        await effects.sleep(POLL_MS);
        continue;
      }
      const { attempts, error } = await attempt(open, notification, effects, (wait) =>
        update((before) => claimAll(before, sink, run, effects.now(), wait + CLAIM_MS)),
      );
      if (error === undefined || error.failure.wasTaken === true) {
        await update((before) => settle(before, sink, notification.id));
        outcome(notification.id, 'delivered', attempts, error?.message);
        continue;
      }
      if (isOverdue) {
        await update((before) => settle(before, sink, notification.id));
        outcome(notification.id, 'abandoned', attempts, `not taken for 7 days: ${error.message}`);
        continue;
      }
      failed.set(notification.id, { attempts, error: error.message });
      outcome(notification.id, 'failed', attempts, error.message);
      // Where it is the receiver that fails, what comes later must not overtake; a message that is refused stops no other.
      if (error.failure.refusesMessage !== true) break;
    }
    if (failed.size > 0) await update((before) => release(before, sink, run, failed));
  } catch (error) {
    // What was sent and could not be noted is sent again by the next run, with the same id.
    outcome('', 'failed', 0, messageOf(error));
  }
  return outcomes;
}

async function attempt(
  open: () => Promise<Sink>,
  notification: Notification,
  { sleep, random }: DeliveryEffects,
  keepClaimFor: (ms: number) => Promise<unknown>,
): Promise<{ readonly attempts: number; readonly error?: DeliveryError }> {
  for (let attempts = 1; ; attempts++) {
    try {
      await (await open()).send(notification);
      return { attempts };
    } catch (thrown) {
      const error =
        thrown instanceof DeliveryError ? thrown : new DeliveryError(messageOf(thrown), { isTransient: false });
      const { isTransient, retryAfterMs } = error.failure;
      const pause = PAUSES_MS[attempts - 1] ?? 0;
      const wait = Math.max(retryAfterMs ?? 0, pause * (0.5 + random() / 2));
      if (!isTransient || attempts >= ATTEMPTS || wait > LONGEST_PAUSE_MS) return { attempts, error };
      await keepClaimFor(wait);
      await sleep(wait);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
