import { minimumRows } from '../alerting/rules.ts';
import type { Baseline } from '../baseline/baseline.ts';
import type { ConfiguredModel } from '../config/judgement.ts';
import type { RecordColumns } from '../config/record-columns.ts';
import { findingsOf } from '../drift/findings.ts';
import { judge } from '../drift/judge.ts';
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
export function judgeWindow(
  { baseline, configured, span }: JudgedModel,
  read: WindowProfile,
  record: RecordColumns,
  run: Report['run'],
): { readonly report: Report; readonly details: RunDetails } {
  const { judgement, alerts } = configured;
  const judgements = judge(baseline, read.profile, judgement);
  const findings = findingsOf(baseline, read, judgement.columns, record);
  const facts = windowFacts({ baseline, read, record, alerts });
  const report = buildReport({ baseline, window: span, read, judgements, judgement, alerts, facts, findings, run });
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
