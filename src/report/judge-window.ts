import { minimumRows } from '../alerting/rules.ts';
import type { Baseline } from '../baseline/baseline.ts';
import type { ConfiguredModel } from '../config/judgement.ts';
import type { RecordColumns } from '../config/record-columns.ts';
import type { Judgement } from '../config/settings.ts';
import type { EmbeddingDetails } from '../drift/embedding-details.ts';
import { findingsOf } from '../drift/findings.ts';
import { driftedComponents, type Judgements, judge } from '../drift/judge.ts';
import type { Window } from '../inference-log/partitions.ts';
import type { WindowProfile } from '../profile/read-windows.ts';
import { buildReport } from './build.ts';
import type { Report } from './schema.ts';
import type { RunDetails } from './take-run.ts';
import { windowFacts } from './window-facts.ts';

export interface JudgedModel {
  readonly baseline: Baseline;
  readonly configured: ConfiguredModel;
  readonly span: Window;
}

/** The report of a model's window, from its profile, and what alerts need besides. */
export async function judgeWindow(
  { baseline, configured, span }: JudgedModel,
  read: WindowProfile,
  record: RecordColumns,
  run: Report['run'],
): Promise<{ readonly report: Report; readonly details: RunDetails }> {
  const { judgement, alerts } = configured;
  const judgements = judge(baseline, read.profile, judgement);
  const findings = findingsOf(baseline, span, read, judgement.columns, record);
  const facts = windowFacts({ baseline, read, record, alerts });
  const embeddings = await detailsOf(judgements, judgement);
  const report = buildReport({
    baseline,
    window: span,
    read,
    judgements,
    judgement,
    alerts,
    facts,
    findings,
    run,
    details: embeddings,
  });
  const details = {
    rowsOfLastHour: read.rowsOfLastHour,
    hasEnoughRows: facts.rows >= minimumRows(alerts, judgement),
    hasStatus: facts.service.requests >= minimumRows(alerts, judgement),
    hasLatency: facts.service.latencyP95 !== undefined,
    unjudged: new Set(
      judgements.signals.filter(({ verdict }) => verdict === 'insufficient-data').map(({ column }) => column.spec.name),
    ),
    labelledRows: facts.labelledRows,
  };
  return { report, details };
}

/** Loaded where there is an embedding only: what compares samples takes a while to load, and to compute. */
async function detailsOf(
  { signals }: Judgements,
  judgement: Judgement,
): Promise<ReadonlyMap<string, EmbeddingDetails>> {
  const details = new Map<string, EmbeddingDetails>();
  for (const signal of signals) {
    if (signal.type !== 'embedding' || signal.window.rows === 0) continue;
    const { embeddingDetails } = await import('../drift/embedding-details.ts');
    const { column, window, measured } = signal;
    details.set(
      column.spec.name,
      await embeddingDetails(column, window, measured, driftedComponents(signal, judgement)),
    );
  }
  return details;
}
