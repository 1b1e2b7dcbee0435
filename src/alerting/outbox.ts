import type { Notification } from './notification.ts';
import type { AlertState, OutboxDelivery } from './state.ts';

/** How long nobody else sends what a run has said that it is sending: longer than an attempt may take. */
export const CLAIM_MS = 40_000;
const LONGEST_CLAIM_MS = 3 * CLAIM_MS;
/** A claim that is nearly new is not renewed. */
const NEW_MS = 10_000;
/** What no sink took for so long is given up. */
const KEPT_MS = 7 * 86_400_000;

/** A notification on its way to one sink. */
export interface Pending {
  readonly notification: Notification;
  readonly delivery: OutboxDelivery;
  readonly isOverdue: boolean;
}

/** Puts a notification into the outbox; what is for the run's own sinks is claimed by it. */
export function post(
  state: AlertState,
  notification: Notification,
  sinks: readonly { readonly sink: string; readonly isOwn: boolean }[],
  by: string,
  now: number,
): AlertState {
  if (sinks.length === 0) return state;
  const claim = claimOf(by, now);
  const deliveries = sinks.map(({ sink, isOwn }) => ({ sink, attempts: 0, claim: isOwn ? claim : null, error: null }));
  return { ...state, outbox: [...state.outbox, { notification, createdAt: new Date(now).toISOString(), deliveries }] };
}

/** What is still to be sent to a sink, the oldest first. */
export function pendingOf(state: AlertState, sink: string, now: number): Pending[] {
  return state.outbox.flatMap(({ notification, createdAt, deliveries }) => {
    const delivery = deliveries.find((one) => one.sink === sink);
    const isOverdue = now - Date.parse(createdAt) > KEPT_MS;
    return delivery === undefined ? [] : [{ notification, delivery, isOverdue }];
  });
}

/** Names of all sinks that something is still to be sent to. */
export function waitingSinks(state: AlertState): string[] {
  return [...new Set(state.outbox.flatMap(({ deliveries }) => deliveries.map(({ sink }) => sink)))];
}

export function isFree({ claim }: OutboxDelivery, by: string, now: number): boolean {
  if (claim === null || claim.by === by) return true;
  const left = Date.parse(claim.until) - now;
  // A claim for longer than anybody makes one is of a clock that goes wrong.
  return left <= 0 || left > LONGEST_CLAIM_MS;
}

/** Claims what nobody else is sending to a sink, for `ms` from now. */
export function claimAll(state: AlertState, sink: string, by: string, now: number, ms = CLAIM_MS): AlertState {
  const isLongEnough = ({ claim }: OutboxDelivery) => claim?.by === by && Date.parse(claim.until) >= now + ms - NEW_MS;
  const isMine = (one: OutboxDelivery) => one.sink === sink && isFree(one, by, now) && !isLongEnough(one);
  if (!state.outbox.some(({ deliveries }) => deliveries.some(isMine))) return state;
  return changeDeliveries(state, (_, one) => (isMine(one) ? { ...one, claim: claimOf(by, now, ms) } : one));
}

/** Takes out what was delivered, or given up. */
export function settle(state: AlertState, sink: string, notificationId: string): AlertState {
  const isSettled = (id: string, one: OutboxDelivery) => id === notificationId && one.sink === sink;
  if (!state.outbox.some(({ notification, deliveries }) => deliveries.some((one) => isSettled(notification.id, one)))) {
    return state;
  }
  return changeDeliveries(state, (id, one) => (isSettled(id, one) ? undefined : one));
}

/** Leaves the rest of a sink to the next run: counts the attempts at one notification, and gives up every claim of `by`. */
export function release(
  state: AlertState,
  sink: string,
  by: string,
  failed: ReadonlyMap<string, { readonly attempts: number; readonly error: string }>,
): AlertState {
  return changeDeliveries(state, (id, one) => {
    if (one.sink !== sink || one.claim?.by !== by) return one;
    const failure = failed.get(id);
    const attempts = one.attempts + (failure?.attempts ?? 0);
    return { ...one, attempts, claim: null, error: failure?.error ?? one.error };
  });
}

function claimOf(by: string, now: number, ms = CLAIM_MS) {
  return { by, until: new Date(now + ms).toISOString() };
}

function changeDeliveries(
  state: AlertState,
  change: (notificationId: string, delivery: OutboxDelivery) => OutboxDelivery | undefined,
): AlertState {
  const outbox = state.outbox.flatMap((entry) => {
    const deliveries = entry.deliveries.flatMap((one) => change(entry.notification.id, one) ?? []);
    return deliveries.length === 0 ? [] : [{ ...entry, deliveries }];
  });
  return { ...state, outbox };
}
