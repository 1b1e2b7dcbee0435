import { loadBaseline } from '../baseline/store.ts';
import type { ConfiguredModel } from '../config/judgement.ts';
import { recordColumns } from '../config/record-columns.ts';
import type { Settings } from '../config/settings.ts';
import { findingsOf } from '../drift/findings.ts';
import { judge } from '../drift/judge.ts';
import { listWindow } from '../inference-log/list-window.ts';
import { windowEndingAt } from '../inference-log/partitions.ts';
import { readWindow } from '../profile/read-window.ts';
import { localRoots, openEngine } from '../scan/duckdb.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { buildReport } from './build.ts';
import type { Report } from './schema.ts';
import { saveReport } from './store.ts';

export interface DetectRequest {
  /** Where baselines, reports and alerts live. */
  readonly store: ObjectStore;
  readonly logs: ObjectStore;
  readonly configured: ConfiguredModel;
  readonly settings: Settings;
  /** An instant in the window's last hour, in milliseconds since 1970. */
  readonly at: number;
  readonly threads: number;
  readonly now: () => number;
  /** Of the program. */
  readonly version: string;
  readonly onProgress: (files: number, total: number) => void;
}

/** One run for one model: reads the window, judges it, and writes report and alerts. */
export async function detect(request: DetectRequest): Promise<{ readonly report: Report; readonly key: string }> {
  const { store, logs, settings, configured, now } = request;
  const { model, judgement } = configured;
  const started = now();
  const baseline = await loadBaseline(store, model);
  const window = windowEndingAt(request.at, judgement.analysisWindowHours);
  const files = await listWindow(logs, settings.logPathTemplate, model, window);
  const record = recordColumns(settings);
  const engine = await openEngine({ ...settings, threads: request.threads }, localRoots([logs]));
  try {
    const read = await readWindow({
      engine,
      store: logs,
      files,
      model,
      specs: baseline.columns.map(({ spec }) => spec),
      record,
      onProgress: (done) => request.onProgress(done, files.length),
    });
    const judgements = judge(baseline, read.profile, judgement);
    const findings = findingsOf(baseline, read, judgement.columns, record);
    const run = {
      startedAt: new Date(started).toISOString(),
      durationMs: now() - started,
      version: request.version,
      baselineCreatedAt: baseline.createdAt,
      bytesFetched: read.bytesFetched,
    };
    const report = buildReport({ baseline, window, read, judgements, judgement, findings, run });
    return { report, key: await saveReport(store, report) };
  } finally {
    await engine.close();
  }
}
