import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { deliverAll } from '../alerting/deliver.ts';
import { saveAlerts } from '../alerting/documents.ts';
import type { DeliveryEffects } from '../alerting/effects.ts';
import { runAlerts } from '../alerting/lifecycle.ts';
import type { ConfiguredSink } from '../alerting/open-sinks.ts';
import { type FinishedRun, recordRun } from '../alerting/record-run.ts';
import { type RetrainingStarter, retrainIfDue } from '../alerting/retraining.ts';
import type { RunAlert } from '../alerting/schema.ts';
import type { AlertState } from '../alerting/state.ts';
import { loadState, updateState } from '../alerting/state-store.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import type { RetrainingSettings } from '../config/retraining-settings.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { shownConditions } from './evidence.ts';
import { loadReportHistory } from './report-history.ts';
import type { Report } from './schema.ts';
import { keyOf, savePage, saveReport } from './store.ts';

/** How runs of now tell people. */
export interface AlertContext {
  readonly settings: AlertSettings;
  /** False for a run of the past, which changes no alert and sends nothing. */
  readonly isCurrent: boolean;
  readonly sinks: readonly ConfiguredSink[];
  /** Identifies this run among those that work at the same time. */
  readonly run: string;
  readonly effects: DeliveryEffects;
  /** Where an alert may start a retraining. */
  readonly retraining?: { readonly settings: RetrainingSettings; readonly open: () => Promise<RetrainingStarter> };
}

/** What a report does not say and alerts need. */
export interface RunDetails
  extends Pick<FinishedRun, 'rowsOfLastHour' | 'hasEnoughRows' | 'hasStatus' | 'hasLatency' | 'unjudged'> {
  readonly labelledRows: number;
}

export interface Taken {
  readonly report: Report;
  readonly key: string;
  readonly labelledRows: number;
  /** Why there is no page of this report, where there is none. */
  readonly pageError?: unknown;
}

/**
 * Writes a report, takes its run into the state of the alerts, and writes their documents and the report's page. In this order:
 * whoever is told of an alert finds the report, and a run that dies is taken by the next one.
 */
export async function takeRun(
  store: ObjectStore,
  report: Report,
  { labelledRows, ...details }: RunDetails,
  context: AlertContext,
): Promise<Taken> {
  const key = keyOf(report);
  // Of earlier runs: never rejects, and need not wait for what this one writes.
  const history = loadReportHistory(store, report);
  const { model, window, driftScore, status, rows } = report;
  const seenIn = { model, window, driftScore, report: key };
  const shown = shownConditions(report);
  if (!context.isCurrent) {
    await saveReport(store, report);
    const [page] = await Promise.all([withPage(store, report, history), saveAlerts(store, shown, seenIn, undefined)]);
    return { report, key, labelledRows, ...page };
  }
  const { settings, sinks, run: by, effects } = context;
  const to = Date.parse(window.to);
  const now = effects.now();
  const baselineCreatedAt = Date.parse(report.run.baselineCreatedAt);
  const finished: FinishedRun = {
    model,
    window,
    status,
    driftScore,
    rows,
    baselineCreatedAt,
    report: key,
    conditions: shown,
    ...details,
  };
  const record = (state: AlertState) => recordRun(state, finished, settings, sinks, { by, now });
  const alertsIn = (state: AlertState) => runAlerts(state, { model, now, to }, settings);

  const before = await loadState(store, model.name).catch(async (error: unknown) => {
    // The verdicts are worth keeping also where nobody can be told of them.
    await saveReport(store, report);
    throw error;
  });
  const expected = alertsIn(record(before).state);
  await saveReport(store, withAlerts(report, expected));
  const state = await updateState(store, model.name, (current) => record(current).state, effects.sleep);
  const alerts = alertsIn(state);
  // Another run of the same window, or an acknowledgement, came in between.
  if (!isDeepStrictEqual(alerts, expected)) await saveReport(store, withAlerts(report, alerts));
  const taken = withAlerts(report, alerts);
  const [page] = await Promise.all([
    withPage(store, taken, history),
    saveAlerts(store, record(before).conditions, seenIn, state),
  ]);
  return { report: taken, key, labelledRows, ...page };
}

/** A page that cannot be made or written costs nobody the report, nor the word of it. */
async function withPage(
  store: ObjectStore,
  report: Report,
  history: ReturnType<typeof loadReportHistory>,
): Promise<Pick<Taken, 'pageError'>> {
  try {
    await savePage(store, report, await history);
    return {};
  } catch (pageError) {
    return { pageError };
  }
}

function withAlerts(report: Report, alerts: RunAlert[]): Report {
  return { ...report, run: { ...report.run, alerts } };
}

/**
 * Sends what is to be sent about the versions of one model, which share an outbox, and writes into their reports what came of
 * it. Never rejects.
 */
export async function tell<T extends Taken>(
  store: ObjectStore,
  modelName: string,
  versions: readonly T[],
  { isCurrent, sinks, run, effects, retraining }: AlertContext,
): Promise<T[]> {
  if (!isCurrent) return [...versions];
  const open = new Map(sinks.map((sink) => [sink.name, sink.open]));
  const [deliveries, retrained] = await Promise.all([
    deliverAll({ store, modelName, sinks: open, run, effects }),
    retraining && startRetrainings(store, versions, effects, retraining),
  ]);
  if (deliveries.length === 0 && retrained === undefined) return [...versions];
  return await Promise.all(
    versions.map(async (taken) => {
      const started = retrained?.get(taken.key);
      const run = {
        ...taken.report.run,
        ...(deliveries.length > 0 && { deliveries }),
        ...(started && { retraining: started }),
      };
      const report = { ...taken.report, run };
      // What was sent is sent; if this fails the report stays as it was written before.
      const saved = await saveReport(store, report).catch(() => undefined);
      return {
        ...taken,
        report,
        ...(saved !== undefined && (await withPage(store, report, loadReportHistory(store, report)))),
      };
    }),
  );
}

/** By the key of the report; undefined where none is due. What cannot be started is in the history, and stops nothing. */
async function startRetrainings(
  store: ObjectStore,
  versions: readonly Taken[],
  { now }: DeliveryEffects,
  { settings, open }: NonNullable<AlertContext['retraining']>,
): Promise<ReadonlyMap<string, NonNullable<Report['run']['retraining']>> | undefined> {
  const started = new Map<string, NonNullable<Report['run']['retraining']>>();
  for (const { report, key, labelledRows } of versions) {
    const run = { model: report.model, to: Date.parse(report.window.to), now: now(), labelledRows };
    try {
      const retraining = await retrainIfDue(store, run, settings, await open(), randomUUID);
      if (retraining !== undefined) {
        const { id, cause, outcome, job, error } = retraining;
        started.set(key, { id, cause, outcome, job, error });
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      started.set(key, { id: '', cause: '', outcome: 'unknown', job: null, error: message });
    }
  }
  return started.size === 0 ? undefined : started;
}
