import type { RuleName } from '../config/alert-settings.ts';
import { type AlertSettings, opensAfter, type SilenceSettings } from '../config/alert-settings.ts';
import { HOUR_MS } from '../storage/hour.ts';
import type { ModelId } from '../storage/layout.ts';
import { inBrief, type ToldAlert, toldAlert } from './notification.ts';
import { type Change, isAtLeast, type RunAlert, SEVERITIES, type Severity, type ShownCondition } from './schema.ts';
import type { AlertRecord, AlertState, Silence, VersionState } from './state.ts';

/** A run as far as the lifecycle needs it. */
export interface JudgedRun {
  readonly model: ModelId;
  /** End of the window, in milliseconds since 1970. */
  readonly to: number;
  /** Milliseconds since 1970; decides about silences and acknowledgements only. */
  readonly now: number;
  readonly conditions: readonly ShownCondition[];
  /** Whether the run could see that condition. What it could not see neither opens nor resolves. */
  readonly judges: (alert: { readonly rule: RuleName; readonly signal: string }) => boolean;
}

export type Policy = Pick<AlertSettings, 'for' | 'resolveAfter' | 'cooldownHours' | 'reminderHours' | 'silences'>;

export interface Advanced {
  readonly state: AlertState;
  /** What is to be told; silences are already applied. */
  readonly told: readonly ToldAlert[];
}

export interface Retired {
  readonly state: AlertState;
  /** By version; `to` is the end of the last window that was judged. */
  readonly told: readonly { readonly version: string; readonly to: string; readonly alerts: readonly ToldAlert[] }[];
}

/** Changes that an alert remembers, and days that a resolved one is remembered. */
const CHANGES_KEPT = 100;
const RESOLVED_KEPT_MS = 90 * 24 * HOUR_MS;
const RETIRED_AFTER_MS = 7 * 24 * HOUR_MS;

/**
 * What a run makes of the alerts of its model version: opens those whose condition held in enough runs, tells again those that
 * stay, and resolves those whose condition is gone. A window that was taken before, or one before it, changes nothing. Times in
 * records are ends of windows, so that a run that starts a little early or late makes no difference.
 */
export function advance(state: AlertState, run: JudgedRun, policy: Policy): Advanced {
  const { version } = run.model;
  const at = new Date(run.to).toISOString();
  const known = state.versions.find((candidate) => candidate.version === version);
  // What a run whose clock was ahead has left behind must not keep those from speaking whose clock is right.
  const isAhead = known !== undefined && Date.parse(known.to) > run.now + HOUR_MS;
  if (known !== undefined && Date.parse(known.to) >= run.to && !isAhead) return { state, told: [] };

  const conditions = new Map(run.conditions.map((condition) => [condition.id, condition]));
  const own = state.alerts.filter((record) => record.version === version);
  const fresh = run.conditions
    .filter(({ id }) => !own.some((record) => record.id === id))
    .map((condition) => newRecord(condition, version, run.to));

  const told: ToldAlert[] = [];
  const records: AlertRecord[] = [];
  for (const record of [...own, ...fresh]) {
    if (!run.judges(record)) {
      records.push(record);
      continue;
    }
    const condition = conditions.get(record.id);
    const next = step(record, condition, run, policy);
    const change = changeOf(next, condition, run, policy, state.silences);
    if (change === undefined) records.push(next);
    else {
      records.push(remember(next, change, at));
      told.push(tell(next, change, condition));
    }
  }
  const versions = state.versions.filter((candidate) => candidate.version !== version);
  const others = state.alerts.filter((record) => record.version !== version);
  return {
    state: {
      ...state,
      versions: [...versions, { version, to: at, hours: known?.hours ?? [] }],
      alerts: [...others, ...records.filter((record) => isWorthKeeping(record, run.to))],
      silences: state.silences.filter(({ until }) => Date.parse(until) > run.now),
    },
    told: told.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
  };
}

/**
 * Ends the alerts of versions that no run has judged for a week while others of the model were, as after a rollout: nobody else
 * would. What is left of them is forgotten with their last alert.
 */
export function retire(state: AlertState, run: Pick<JudgedRun, 'model' | 'to'>): Retired {
  const at = new Date(run.to).toISOString();
  const isRetired = ({ version, to }: VersionState) =>
    version !== run.model.version && run.to - Date.parse(to) >= RETIRED_AFTER_MS;
  const retired = state.versions.filter(isRetired);
  if (retired.length === 0) return { state, told: [] };

  const names = new Set(retired.map(({ version }) => version));
  const ended = state.alerts
    .filter(({ version, state }) => names.has(version) && state === 'open')
    .map((record): AlertRecord => ({ ...record, state: 'resolved', resolvedAt: at, acknowledged: null, history: [] }));
  const wereTold = ended.filter(({ told }) => told !== null);
  const endings = new Map(
    ended.map((record) => [record.id, record.told === null ? record : remember(record, 'resolved', at)]),
  );
  const alerts = state.alerts
    .map((record) => endings.get(record.id) ?? (names.has(record.version) ? { ...record, history: [] } : record))
    .filter((record) => !names.has(record.version) || isWorthKeeping(record, run.to));
  const isLeft = ({ version }: VersionState) =>
    !names.has(version) || alerts.some((record) => record.version === version);
  return {
    state: { ...state, alerts, versions: state.versions.filter(isLeft) },
    told: retired.flatMap(({ version, to }) => {
      const alerts = wereTold.filter((record) => record.version === version);
      return alerts.length === 0
        ? []
        : [{ version, to, alerts: alerts.map((record) => tell(record, 'resolved', undefined)) }];
    }),
  };
}

function newRecord({ evidence: _, ...condition }: ShownCondition, version: string, to: number): AlertRecord {
  return {
    ...condition,
    ...inBrief(condition),
    version,
    history: [],
    state: 'pending',
    since: startOfHourBefore(to),
    openedAt: null,
    resolvedAt: null,
    told: null,
    acknowledged: null,
    changes: [],
  };
}

function startOfHourBefore(to: number): string {
  return new Date(to - HOUR_MS).toISOString();
}

/** The record after a run that could judge it: what is so, whether or not it is told. */
function step(record: AlertRecord, condition: ShownCondition | undefined, run: JudgedRun, policy: Policy): AlertRecord {
  const { runs, of } = opensAfter(policy.for);
  const at = new Date(run.to).toISOString();
  const remembered = Math.max(of, policy.resolveAfter);
  const history = [...record.history, condition?.severity ?? null].slice(-remembered);
  const reached = severityReached(history.slice(-of), runs);
  const recent = of > 1 ? record.history.slice(1 - of) : [];
  const begins = condition !== undefined && record.state !== 'open' && recent.every((one) => one === null);
  const seen: AlertRecord = {
    ...record,
    history,
    since: begins ? startOfHourBefore(run.to) : record.since,
    ...(condition && inBrief(condition)),
  };
  if (record.state === 'open') {
    const gone =
      history.length >= policy.resolveAfter && history.slice(-policy.resolveAfter).every((one) => one === null);
    if (gone) return { ...seen, state: 'resolved', resolvedAt: at, acknowledged: null };
    const isGraver = reached !== undefined && !isAtLeast(record.severity, reached);
    return { ...seen, severity: isGraver ? reached : record.severity };
  }
  const cooled = record.resolvedAt === null || run.to - Date.parse(record.resolvedAt) >= policy.cooldownHours * HOUR_MS;
  if (condition === undefined || reached === undefined || !cooled) {
    return { ...seen, severity: condition?.severity ?? record.severity };
  }
  return { ...seen, state: 'open', severity: reached, openedAt: at, told: null, acknowledged: null };
}

/** The gravest severity that, itself or a graver one, held in at least so many of the runs. */
function severityReached(history: readonly (Severity | null)[], runs: number): Severity | undefined {
  return SEVERITIES.find(
    (severity) => history.filter((one) => one !== null && isAtLeast(one, severity)).length >= runs,
  );
}

/** What there is to tell of a record that has just made its step. */
function changeOf(
  record: AlertRecord,
  condition: ShownCondition | undefined,
  run: JudgedRun,
  policy: Policy,
  silences: readonly Silence[],
): Change | undefined {
  const { told, state } = record;
  // The end is told in spite of a silence: whoever was told of the beginning waits for it.
  if (state === 'resolved') {
    return told !== null && record.resolvedAt === new Date(run.to).toISOString() ? 'resolved' : undefined;
  }
  if (state === 'pending' || silenceOf(record, run, policy, silences) !== undefined) return undefined;
  if (told === null) return condition === undefined ? undefined : 'opened';
  if (!isAtLeast(told.severity, record.severity)) return 'escalated';
  if (condition === undefined || isAcknowledged(record, run.now)) return undefined;
  return run.to - Date.parse(told.at) >= policy.reminderHours * HOUR_MS ? 'repeated' : undefined;
}

function remember(record: AlertRecord, change: Change, at: string): AlertRecord {
  const { severity } = record;
  const changes = [...record.changes, { at, change, severity }].slice(-CHANGES_KEPT);
  // An acknowledgement was of what was known then.
  const acknowledged = change === 'escalated' ? null : record.acknowledged;
  return { ...record, changes, told: { severity, at }, acknowledged };
}

function tell(record: AlertRecord, change: Change, condition: ShownCondition | undefined): ToldAlert {
  const { id, rule, signal, severity, title, reasons, since, openedAt } = record;
  return toldAlert({
    id,
    rule,
    signal,
    severity,
    title,
    reasons,
    since,
    openedAt: openedAt ?? since,
    change,
    previousSeverity: change === 'escalated' ? (record.told?.severity ?? null) : null,
    dedupKey: dedupKey(record),
    evidence: condition?.evidence ?? null,
  });
}

/** The same from the opening of an alert to its resolution, whichever run sends it, and another when it opens again. */
export function dedupKey({ id, openedAt }: Pick<AlertRecord, 'id' | 'openedAt'>): string {
  return openedAt === null ? id : `${id}-${openedAt.slice(0, 13)}`;
}

function isAcknowledged({ acknowledged }: AlertRecord, now: number): boolean {
  return acknowledged !== null && Date.parse(acknowledged.until) > now;
}

/** The silence that an alert falls under, of those in the settings and those set by `alerts silence`. */
function silenceOf(
  record: AlertRecord,
  { model, now }: Pick<JudgedRun, 'model' | 'now'>,
  { silences }: Pick<Policy, 'silences'>,
  own: readonly Silence[],
): { readonly until: string } | undefined {
  const candidates: readonly (SilenceSettings | Silence)[] = [...silences, ...own];
  return candidates.find((silence) => {
    if (Date.parse(silence.until) <= now) return false;
    if ('model' in silence && silence.model !== undefined && silence.model !== model.name) return false;
    const { version = record.version, rule = record.rule, signal = record.signal } = silence;
    return version === record.version && rule === record.rule && signal === record.signal;
  });
}

/** What never opened and is gone, and what was resolved long ago, is forgotten. */
function isWorthKeeping({ state, history, resolvedAt }: AlertRecord, to: number): boolean {
  if (state === 'open' || history.some((one) => one !== null)) return true;
  return resolvedAt !== null && to - Date.parse(resolvedAt) < RESOLVED_KEPT_MS;
}

/** How the alerts of a model version stand, for the report of the run that ended with `to`. */
export function runAlerts(
  state: AlertState,
  run: Pick<JudgedRun, 'model' | 'now' | 'to'>,
  policy: Pick<Policy, 'silences'>,
): RunAlert[] {
  const at = new Date(run.to).toISOString();
  return state.alerts
    .filter(({ version }) => version === run.model.version)
    .filter(({ state, history, resolvedAt }) => state === 'open' || resolvedAt === at || history.at(-1) != null)
    .map((record) => {
      const last = record.changes.at(-1);
      const silence = silenceOf(record, run, policy, state.silences);
      const { id, rule, signal, title, since, severity, acknowledged } = record;
      return {
        id,
        // Resolved before and seen again, it is on its way to open once more.
        state: record.state === 'resolved' && record.resolvedAt !== at ? 'pending' : record.state,
        since,
        severity,
        change: last?.at === at ? last.change : null,
        rule,
        signal,
        title,
        ...(acknowledged && isAcknowledged(record, run.now) && { acknowledgedUntil: acknowledged.until }),
        ...(silence && { silencedUntil: silence.until }),
      };
    });
}
