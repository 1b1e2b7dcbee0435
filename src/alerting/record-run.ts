import type { AlertSettings, RuleName } from '../config/alert-settings.ts';
import { HOUR_MS, type Hour } from '../storage/hour.ts';
import { type ModelId, reportKey } from '../storage/layout.ts';
import { advance, type JudgedRun, retire } from './lifecycle.ts';
import { type Notification, notificationId, reportCommand } from './notification.ts';
import type { ConfiguredSink } from './open-sinks.ts';
import { post } from './outbox.ts';
import { type RunFacts, runConditions } from './rules.ts';
import { isAtLeast, type ShownCondition } from './schema.ts';
import type { AlertState } from './state.ts';
import { rememberHour, usualRows } from './volume.ts';

const SINKS_KNOWN_MS = 24 * HOUR_MS;

/** What a run has found out, as far as alerts are made of it. */
export interface FinishedRun {
  readonly model: ModelId;
  readonly window: { readonly from: string; readonly to: string };
  readonly status: Notification['status'];
  readonly driftScore: number;
  readonly rows: number;
  /** Undefined where not all files of the hour could be read. */
  readonly rowsOfLastHour: number | undefined;
  /** Milliseconds since 1970. */
  readonly baselineCreatedAt: number;
  /** Key of the report. */
  readonly report: string;
  /** What the window's data alone fulfil. */
  readonly conditions: readonly ShownCondition[];
  /** Whether the window has enough rows for an alert to be made of them. */
  readonly hasEnoughRows: boolean;
  readonly hasStatus: boolean;
  readonly hasLatency: boolean;
  /** Signals that had too few values for a verdict of their own. */
  readonly unjudged: ReadonlySet<string>;
}

export interface RecordingRun {
  /** Identifies the run among those that work at the same time. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Recorded {
  readonly state: AlertState;
  /** All that held: of the window alone, and by comparison with the clock and with earlier runs. */
  readonly conditions: readonly ShownCondition[];
}

/**
 * Takes a run into the state of a model's alerts: what became of them, what is to be told to whom, and the hour's rows. Of a
 * window that was taken before nothing is changed, so whoever repeats it sends nothing.
 */
export function recordRun(
  state: AlertState,
  run: FinishedRun,
  settings: AlertSettings,
  sinks: readonly Pick<ConfiguredSink, 'name' | 'severity'>[],
  { by, now }: RecordingRun,
): Recorded {
  const to = Date.parse(run.window.to);
  const lastHour = to - HOUR_MS;
  const facts = runFacts(state, run, to, lastHour);
  const isJudged = run.status === 'drift' || run.status === 'no-drift';
  const ofRun = runConditions(run.model, facts, settings).map((condition) => ({ ...condition, evidence: null }));
  const conditions = [...run.conditions, ...ofRun];
  const judged: JudgedRun = {
    model: run.model,
    to,
    now,
    conditions,
    judges: ({ rule, signal }) => judges(rule, signal, run, isJudged),
  };
  const { state: advanced, told } = advance(state, judged, settings);
  if (advanced === state) return { state, conditions };
  // Few requests would be what is usual after some days of them, and their alert would end with nothing better.
  const isUsual = ofRun.every(({ rule }) => rule !== 'low-volume');
  const remembered = isUsual ? rememberVolume(advanced, run, lastHour) : advanced;
  const { state: current, told: ofRetired } = retire(remembered, judged);
  const { model, window, status, driftScore, rows, report } = run;
  const news = [
    { model, window, status, driftScore, rows, report, alerts: told, last: window.to },
    ...ofRetired.map(({ version, to, alerts }) => {
      const retired = { name: model.name, version };
      // Nothing was judged since; its last report is the one that there is.
      const report = reportKey(retired, Date.parse(to) - HOUR_MS);
      const since = { from: to, to: window.to };
      return {
        model: retired,
        window: since,
        status: 'no-data',
        driftScore: 0,
        rows: 0,
        report,
        alerts,
        last: to,
      } as const;
    }),
  ].filter(({ alerts }) => alerts.length > 0);
  const posted = news.reduce(
    (before, { model, window, alerts, last, ...facts }) => {
      const notification: Notification = {
        ...facts,
        id: notificationId(alerts, window.to),
        model: { ...model },
        window: { from: window.from, to: window.to },
        command: reportCommand(model, last),
        alerts: [...alerts],
        open: openAlerts(current, model.version),
        sample: false,
      };
      const wanting = before.sinks.filter(({ severity }) =>
        alerts.some((alert) => isAtLeast(alert.severity, severity)),
      );
      const isOwn = ({ name }: { name: string }) => sinks.some((sink) => sink.name === name);
      return post(
        before,
        notification,
        wanting.map((sink) => ({ sink: sink.name, isOwn: isOwn(sink) })),
        by,
        now,
      );
    },
    rememberSinks(current, sinks, now),
  );
  return { state: posted, conditions };
}

/**
 * The sinks of this run, and those that another one has had in the last day: whoever runs by hand without the configuration of the
 * job takes the window from it, and must not keep its sinks from being told.
 */
function rememberSinks(
  state: AlertState,
  own: readonly Pick<ConfiguredSink, 'name' | 'severity'>[],
  now: number,
): AlertState {
  const seenAt = new Date(now).toISOString();
  const others = state.sinks.filter(
    (sink) => own.every(({ name }) => name !== sink.name) && now - Date.parse(sink.seenAt) < SINKS_KNOWN_MS,
  );
  return { ...state, sinks: [...own.map(({ name, severity }) => ({ name, severity, seenAt })), ...others] };
}

/** No data is what a run without rows can see, and few requests what it sees best; all else needs a verdict. */
function judges(rule: RuleName, signal: string, run: FinishedRun, isJudged: boolean): boolean {
  switch (rule) {
    case 'no-data':
      return true;
    case 'low-volume':
      // What is usual is unknown after days of few requests: then they are what is usual.
      return run.rowsOfLastHour !== undefined;
    case 'stale-baseline':
      return isJudged;
    case 'signal-drift':
      return isJudged && run.hasEnoughRows && !run.unjudged.has(signal);
    case 'error-rate':
      return isJudged && run.hasEnoughRows && run.hasStatus;
    case 'latency':
      return isJudged && run.hasEnoughRows && run.hasLatency;
    default:
      return isJudged && run.hasEnoughRows;
  }
}

function runFacts(state: AlertState, run: FinishedRun, to: number, lastHour: Hour): RunFacts {
  const hours = state.versions.find(({ version }) => version === run.model.version)?.hours ?? [];
  const usual = usualRows(hours, lastHour);
  const rows = run.rowsOfLastHour;
  const volume = usual === undefined || rows === undefined ? undefined : { rows, usual };
  return { to, status: run.status, baselineCreatedAt: run.baselineCreatedAt, volume };
}

function rememberVolume(state: AlertState, { model, rowsOfLastHour }: FinishedRun, lastHour: Hour): AlertState {
  if (rowsOfLastHour === undefined) return state;
  const versions = state.versions.map((one) =>
    one.version === model.version ? { ...one, hours: rememberHour(one.hours, lastHour, rowsOfLastHour) } : one,
  );
  return { ...state, versions };
}

function openAlerts({ alerts }: AlertState, version: string): Notification['open'] {
  const told = alerts.filter((record) => record.version === version && record.state === 'open' && record.told !== null);
  const count = (severity: string) => told.filter((record) => record.told?.severity === severity).length;
  return { CRITICAL: count('CRITICAL'), WARNING: count('WARNING'), INFO: count('INFO') };
}
