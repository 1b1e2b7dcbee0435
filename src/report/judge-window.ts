import type { Baseline } from '../baseline/baseline.ts';
import type { ConfiguredModel } from '../config/judgement.ts';
import type { RecordColumns } from '../config/record-columns.ts';
import { findingsOf } from '../drift/findings.ts';
import { judge } from '../drift/judge.ts';
import type { Window } from '../inference-log/partitions.ts';
import type { WindowProfile } from '../profile/read-windows.ts';
import { buildReport } from './build.ts';
import type { Report } from './schema.ts';

export interface JudgedModel {
  readonly baseline: Baseline;
  readonly configured: ConfiguredModel;
  readonly span: Window;
}

/** The report of a model's window, from its profile. */
export function judgeWindow(
  { baseline, configured, span }: JudgedModel,
  read: WindowProfile,
  record: RecordColumns,
  run: Report['run'],
): Report {
  const { judgement } = configured;
  const judgements = judge(baseline, read.profile, judgement);
  const findings = findingsOf(baseline, read, judgement.columns, record);
  return buildReport({ baseline, window: span, read, judgements, judgement, findings, run });
}
