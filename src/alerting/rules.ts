import { createHash } from 'node:crypto';
import type { AlertSettings, LevelSettings, RuleName } from '../config/alert-settings.ts';
import type { Judgement } from '../config/settings.ts';
import { type Judged, type Judgements, measurements } from '../drift/judge.ts';
import { reasonsFor } from '../drift/reasons.ts';
import { thresholdsOf } from '../drift/verdict.ts';
import { numberInWords, percent } from '../drift/words.ts';
import type { ModelId } from '../storage/layout.ts';
import { type AlertCondition, type Severity, severityNamed } from './schema.ts';
import type { ServiceFigures } from './service-figures.ts';

/** What a window holds beside the verdicts. */
export interface WindowFacts {
  readonly rows: number;
  /** Files with rows of the model. */
  readonly files: number;
  /** Of the baseline's columns, in how many of those files each is absent. */
  readonly absent: ReadonlyMap<string, number>;
  readonly service: ServiceFigures;
  readonly labelledRows: number;
}

/** The alert conditions that a window's data fulfil by themselves, whatever happened before. */
export function alertConditions(
  model: ModelId,
  judgements: Judgements,
  judgement: Judgement,
  settings: AlertSettings,
  facts: WindowFacts,
): AlertCondition[] {
  const minimum = minimumRows(settings, judgement);
  if (facts.rows < minimum) return [];
  return [
    ...driftScore(model, judgements, judgement, settings),
    ...judgements.signals.flatMap((signal) => signalDrift(model, signal, judgement, settings)),
    ...missingColumns(model, facts, settings),
    ...serviceConditions(model, facts.service, minimum, settings),
  ];
}

/** Rows from which a window makes alerts, requests from which their errors do. */
export function minimumRows(settings: AlertSettings, judgement: Judgement): number {
  return settings.minimumRows ?? judgement.minSamples;
}

function noData(model: ModelId, { rules }: AlertSettings): AlertCondition[] {
  if (rules.noData === 'off') return [];
  const title = `No data of ${model.name} ${model.version}`;
  const reasons = ['the window has no rows of the model'];
  return [condition(model, 'no-data', 'rows', severityNamed(rules.noData), title, reasons)];
}

function driftScore(
  model: ModelId,
  { driftScore }: Judgements,
  { scoreCriticalThreshold }: Judgement,
  { rules }: AlertSettings,
): AlertCondition[] {
  const reached = gravest(rules.driftScore, (level) => driftScore >= level * scoreCriticalThreshold);
  if (reached === undefined) return [];
  const limit = numberInWords(reached.level * scoreCriticalThreshold);
  const title = `Drift score of ${model.name} ${model.version} is ${percent(driftScore)}`;
  const reasons = [`drift score ${numberInWords(driftScore)} (${reached.severity.toLowerCase()} from ${limit})`];
  return [condition(model, 'drift-score', 'driftScore', reached.severity, title, reasons)];
}

function signalDrift(model: ModelId, signal: Judged, judgement: Judgement, settings: AlertSettings): AlertCondition[] {
  const severity = signalSeverity(signal, judgement, settings);
  if (severity === undefined) return [];
  const { name } = signal.column.spec;
  const kind = kindOf(signal);
  const how = signal.verdict === 'minor' ? 'changed a little' : 'drifted';
  const title = kind === name ? `${name} ${how}` : `${kind} ${name} ${how}`;
  return [condition(model, 'signal-drift', name, severity, title, reasonsFor(signal, judgement))];
}

function kindOf(signal: Judged): 'feature' | 'prediction' | 'confidence' | 'embedding' {
  return signal.type === 'embedding' ? 'embedding' : signal.column.role;
}

function signalSeverity(signal: Judged, judgement: Judgement, settings: AlertSettings): Severity | undefined {
  const kind = kindOf(signal);
  const levels = settings.rules[kind];
  const effect = effectInThresholds(signal, judgement);
  if (signal.verdict === 'minor') return levels.info !== null && effect >= levels.info ? 'INFO' : undefined;
  if (signal.verdict !== 'drift') return undefined;
  // A verdict by p-value alone, or by an interval's bound, is a drift whatever the estimate is.
  const atLeastOne = Math.max(1, effect);
  const reached = gravest(levels, (level) => atLeastOne >= level)?.severity;
  const important = kind === 'feature' && settings.importantFeatures.includes(signal.column.spec.name);
  return important && levels.critical !== null ? 'CRITICAL' : reached;
}

/** The larger of PSI and distance, each in units of the threshold that makes it a drift. */
function effectInThresholds(signal: Judged, judgement: Judgement): number {
  const thresholds = thresholdsOf(judgement, signal.column.spec.name);
  return Math.max(
    ...measurements(signal).flatMap(({ psi, distance }) => [
      (psi.value ?? 0) / thresholds.psi,
      (distance.value ?? 0) / thresholds.distance,
    ]),
  );
}

function missingColumns(model: ModelId, { files, absent }: WindowFacts, { rules }: AlertSettings): AlertCondition[] {
  return [...absent].flatMap(([name, lacking]) => {
    const reached = lacking === 0 ? undefined : gravest(rules.missingColumn, (level) => lacking / files >= level);
    if (reached === undefined) return [];
    const reasons = [`absent from ${lacking} of ${files} files`];
    return [condition(model, 'missing-column', name, reached.severity, `column ${name} is missing`, reasons)];
  });
}

function serviceConditions(
  model: ModelId,
  { errorRate, requests, latencyP95 }: ServiceFigures,
  minimum: number,
  { rules }: AlertSettings,
): AlertCondition[] {
  const conditions: AlertCondition[] = [];
  const failing =
    errorRate === undefined || requests < minimum ? undefined : gravest(rules.errorRate, (level) => errorRate > level);
  if (errorRate !== undefined && failing !== undefined) {
    const reasons = [
      `${Math.round(errorRate * requests)} of ${requests} (${failing.severity.toLowerCase()} above ${percent(failing.level)})`,
    ];
    const title = `${percent(errorRate)} of the requests failed`;
    conditions.push(condition(model, 'error-rate', 'status', failing.severity, title, reasons));
  }
  const slow = latencyP95 === undefined ? undefined : gravest(rules.latency, (level) => latencyP95 >= level);
  if (latencyP95 !== undefined && slow !== undefined) {
    const limit = `${slow.severity.toLowerCase()} from ${numberInWords(slow.level)} ms`;
    const reasons = [`95th percentile of the latency ${numberInWords(latencyP95)} ms (${limit})`];
    conditions.push(
      condition(model, 'latency', 'latency', slow.severity, `Latency is ${numberInWords(latencyP95)} ms`, reasons),
    );
  }
  return conditions;
}

/** What a run finds fulfilled that is no property of the window's data: none are there, few, or the baseline is old. */
export interface RunFacts {
  /** End of the window, in milliseconds since 1970. */
  readonly to: number;
  readonly status: Judgements['status'];
  /** When the baseline was made, in milliseconds since 1970. */
  readonly baselineCreatedAt: number;
  /** Rows of the window's last hour, and of that hour on earlier days; undefined where too few days are known. */
  readonly volume: { readonly rows: number; readonly usual: number } | undefined;
}

const DAY_MS = 86_400_000;

/** The conditions that no window fulfils by itself. */
export function runConditions(model: ModelId, facts: RunFacts, settings: AlertSettings): AlertCondition[] {
  const { rules } = settings;
  const conditions = facts.status === 'no-data' ? noData(model, settings) : [];
  const { volume } = facts;
  const low =
    volume === undefined ? undefined : gravest(rules.lowVolume, (level) => volume.rows <= level * volume.usual);
  if (volume !== undefined && low !== undefined) {
    const reasons = [
      `${volume.rows} rows in the last hour; at that hour of earlier days ${numberInWords(volume.usual)} are usual`,
    ];
    conditions.push(
      condition(model, 'low-volume', 'rows', low.severity, `${model.name} ${model.version} gets few requests`, reasons),
    );
  }
  const days = (facts.to - facts.baselineCreatedAt) / DAY_MS;
  const stale = gravest(rules.staleBaseline, (level) => days >= level);
  if (stale !== undefined) {
    const reasons = [
      `made on ${new Date(facts.baselineCreatedAt).toISOString().slice(0, 10)} (${stale.severity.toLowerCase()} from ${stale.level} days)`,
    ];
    conditions.push(
      condition(
        model,
        'stale-baseline',
        'baseline',
        stale.severity,
        `The baseline is ${Math.floor(days)} days old`,
        reasons,
      ),
    );
  }
  return conditions;
}

/** The gravest severity whose level is reached. */
function gravest(
  levels: LevelSettings,
  isReached: (level: number) => boolean,
): { readonly severity: Severity; readonly level: number } | undefined {
  for (const name of ['critical', 'warning', 'info'] as const) {
    const level = levels[name];
    if (level !== null && isReached(level)) return { severity: severityNamed(name), level };
  }
  return undefined;
}

function condition(
  model: ModelId,
  rule: RuleName,
  signal: string,
  severity: Severity,
  title: string,
  reasons: string[],
): AlertCondition {
  return { id: alertId(model, rule, signal), rule, signal, severity, title, reasons };
}

function alertId(model: ModelId, rule: RuleName, signal: string): string {
  const identity = JSON.stringify([model.name, model.version, rule, signal]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 16);
}
