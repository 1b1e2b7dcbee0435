import type { RuleName } from '../config/alert-settings.ts';
import type { RetrainingSettings } from '../config/retraining-settings.ts';
import { HOUR_MS } from '../storage/hour.ts';
import type { ModelId } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { dedupKey } from './lifecycle.ts';
import { isAtLeast, severityNamed } from './schema.ts';
import { DeliveryError } from './sink.ts';
import type { AlertRecord, AlertState, Retraining } from './state.ts';
import { updateState } from './state-store.ts';

/** What is asked for. */
export interface RetrainingRequest {
  /** Names this retraining: whoever is asked twice under one id has been asked once. */
  readonly id: string;
  readonly model: ModelId;
  /** `manual`, or what a person reads of the alert. */
  readonly cause: string;
}

/**
 * Asks for a retraining, once. Resolves with the id of the job where the answer has one, and rejects with a `DeliveryError`,
 * whose `mayHaveArrived` says whether it may have been started all the same.
 */
export interface RetrainingStarter {
  readonly kind: Retraining['kind'];
  /** Whether asking again under the same id starts nothing new. */
  readonly isIdempotent: boolean;
  start(request: RetrainingRequest): Promise<string | null>;
}

const DAY_MS = 24 * HOUR_MS;
const ASKED_AGAIN_WITHIN_MS = 2 * HOUR_MS;
const REFUSED_FOR_MS = 6 * HOUR_MS;
/** Retrainings that a model remembers. */
const KEPT = 100;
/** What new data can cure. */
const CURABLE: readonly RuleName[] = ['signal-drift', 'drift-score', 'stale-baseline'];

export interface RetrainingRun {
  readonly model: ModelId;
  /** End of the window, and now, in milliseconds since 1970. */
  readonly to: number;
  readonly now: number;
  /** Rows of the window that have a label. */
  readonly labelledRows: number;
}

/** The alert that a retraining is due for, if there is one. */
export function retrainingDue(
  state: AlertState,
  { model, to, now, labelledRows }: RetrainingRun,
  settings: RetrainingSettings,
): AlertRecord | undefined {
  if (labelledRows < settings.minLabelledRows || isCoolingDown(state, now, settings)) return undefined;
  const lowest = severityNamed(settings.severity);
  return state.alerts.find(
    (record) =>
      record.version === model.version &&
      record.state === 'open' &&
      CURABLE.includes(record.rule) &&
      isAtLeast(record.severity, lowest) &&
      to - Date.parse(record.openedAt ?? record.since) >= settings.openHours * HOUR_MS,
  );
}

/** What may have been started counts as started; who has refused is left alone for a while. */
function isCoolingDown({ retrainings }: AlertState, now: number, { cooldownDays }: RetrainingSettings): boolean {
  return retrainings.some(({ at, outcome }) => {
    const pause = outcome === 'refused' ? REFUSED_FOR_MS : cooldownDays * DAY_MS;
    return now - Date.parse(at) < pause;
  });
}

/** Starts a retraining if an alert makes one due. Undefined where nothing was to be done. Never rejects because of the starter. */
export async function retrainIfDue(
  store: ObjectStore,
  run: RetrainingRun,
  settings: RetrainingSettings,
  starter: RetrainingStarter,
  newId: () => string,
): Promise<Retraining | undefined> {
  const id = newId();
  let noted = '';
  const state = await updateState(store, run.model.name, (before) => {
    noted = '';
    if (unanswered(before, run, starter) !== undefined) return before;
    const due = retrainingDue(before, run, settings);
    if (due === undefined) return before;
    // Under the id of what was refused before, so that the receiver knows it for the same.
    const refused = before.retrainings.find(({ cause, outcome }) => cause === dedupKey(due) && outcome === 'refused');
    noted = refused?.id ?? id;
    return withIntent(before, {
      id: noted,
      version: run.model.version,
      at: run.now,
      cause: dedupKey(due),
      kind: starter.kind,
    });
  });
  const intent = state.retrainings.find((one) => one.id === noted) ?? unanswered(state, run, starter);
  if (intent === undefined) return undefined;
  const alert = state.alerts.find((record) => dedupKey(record) === intent.cause);
  return await ask(store, run.model, intent, alert?.title ?? intent.cause, starter);
}

/** Starts a retraining by hand. */
export async function retrainNow(
  store: ObjectStore,
  model: ModelId,
  now: number,
  starter: RetrainingStarter,
  newId: () => string,
): Promise<Retraining> {
  const id = newId();
  const intent = { id, version: model.version, at: now, cause: 'manual', kind: starter.kind };
  const state = await updateState(store, model.name, (before) =>
    before.retrainings.some((one) => one.id === id) ? before : withIntent(before, intent),
  );
  const noted = state.retrainings.find((one) => one.id === id);
  if (noted === undefined) throw new Error('the retraining was not noted');
  return await ask(store, model, noted, 'manual', starter);
}

/**
 * One that was asked for without an answer, where asking again is harmless: soon after. Later what was started may be over and
 * removed, and be started anew.
 */
function unanswered({ retrainings }: AlertState, { model, now }: RetrainingRun, starter: RetrainingStarter) {
  if (!starter.isIdempotent) return undefined;
  return retrainings.find(
    ({ version, kind, outcome, at }) =>
      version === model.version &&
      kind === starter.kind &&
      outcome === 'unknown' &&
      now - Date.parse(at) < ASKED_AGAIN_WITHIN_MS,
  );
}

/** Written before anything is asked for: a run that dies then has, for all that anybody knows, started it. */
function withIntent(
  state: AlertState,
  { at, ...intent }: Pick<Retraining, 'id' | 'version' | 'cause' | 'kind'> & { readonly at: number },
): AlertState {
  const noted: Retraining = { ...intent, at: new Date(at).toISOString(), outcome: 'unknown', job: null, error: null };
  const others = state.retrainings.filter(({ id }) => id !== intent.id);
  return { ...state, retrainings: [...others, noted].slice(-KEPT) };
}

async function ask(
  store: ObjectStore,
  model: ModelId,
  intent: Retraining,
  cause: string,
  starter: RetrainingStarter,
): Promise<Retraining> {
  let answer: Pick<Retraining, 'outcome' | 'job' | 'error'>;
  try {
    answer = { outcome: 'started', job: await starter.start({ id: intent.id, model, cause }), error: null };
  } catch (error) {
    const isKnown = error instanceof DeliveryError && error.failure.mayHaveArrived !== true;
    const message = error instanceof Error ? error.message : String(error);
    answer = { outcome: isKnown ? 'refused' : 'unknown', job: null, error: message };
  }
  const answered = { ...intent, ...answer };
  await updateState(store, model.name, (before) => {
    const retrainings = before.retrainings.map((one) => (one.id === intent.id ? answered : one));
    return { ...before, retrainings };
  });
  return answered;
}
