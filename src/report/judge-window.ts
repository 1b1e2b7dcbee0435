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

export interface JudgedModel {
  readonly baseline: Baseline;
  readonly configured: ConfiguredModel;
  readonly span: Window;
}

/** The report of a model's window, from its profile. */
export async function judgeWindow(
  { baseline, configured, span }: JudgedModel,
  read: WindowProfile,
  record: RecordColumns,
  run: Report['run'],
): Promise<Report> {
  const { judgement } = configured;
  const judgements = judge(baseline, read.profile, judgement);
  const findings = findingsOf(baseline, read, judgement.columns, record);
  const details = await detailsOf(judgements, judgement);
  return buildReport({ baseline, window: span, read, judgements, judgement, findings, run, details });
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
