import { DriftMonitorError } from '../errors.ts';
import type { Hour } from '../storage/hour.ts';
import { HOUR_MS, hourOf } from '../storage/hour.ts';
import { encodeJson, getIfThere, parseJson } from '../storage/json-document.ts';
import {
  latestReportKey,
  type ModelId,
  pageKey,
  parseReportKey,
  reportKey,
  reportsPrefixOfName,
} from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { putBytesUnlessNewer, putUnlessNewer } from '../storage/put-unless-newer.ts';
import type { ReportHistory } from './html/history.ts';
import { type Report, reportSchema } from './schema.ts';

/** Writes a report over an earlier one of the same hour, and the latest report where it is not older. */
export async function saveReport(store: ObjectStore, report: Report): Promise<string> {
  const key = keyOf(report);
  await Promise.all([
    store.put(key, encodeJson(report)),
    putUnlessNewer(store, latestReportKey(report.model.name), report, latestEnd(report)),
  ]);
  return key;
}

/** Writes a report as a page beside it, and the latest page where that is not newer. */
export async function savePage(store: ObjectStore, report: Report, history?: ReportHistory): Promise<void> {
  const [{ renderReport }, { windowToOfPage }] = await Promise.all([
    import('./html/render.ts'),
    import('./html/page.ts'),
  ]);
  const bytes = Buffer.from(renderReport(report, { history }));
  const latest = pageKey(latestReportKey(report.model.name));
  await Promise.all([
    store.put(pageKey(keyOf(report)), bytes),
    putBytesUnlessNewer(store, latest, bytes, Date.parse(report.window.to), windowToOfPage, latestEnd(report)),
  ]);
}

/** Where a window ends at the latest when a report is made: with the hour that goes on. */
function latestEnd({ run }: Report): number {
  return hourOf(Date.parse(run.startedAt)) + HOUR_MS;
}

export function keyOf(report: Report): string {
  return reportKey(report.model, Date.parse(report.window.to) - HOUR_MS);
}

/** A model's name, and its version where only that one is meant. */
export interface ModelChoice {
  readonly name: string;
  readonly version: string | undefined;
}

export interface StoredReport {
  readonly report: Report;
  /** The report as it is stored. */
  readonly text: string;
}

/** The latest report of a model, or the one whose window ends with `hour`. Throws with what to do where there is none. */
export async function loadReport(
  store: ObjectStore,
  model: ModelChoice,
  hour: Hour | undefined,
): Promise<StoredReport> {
  if (hour !== undefined) return readReport(store, await keyOfHour(store, model, hour));
  const latest = await readReport(store, latestReportKey(model.name));
  const { version } = model;
  if (version === undefined || latest.report.model.version === version) return latest;
  const [newest] = (await listReports(store, model)).slice(-1);
  if (newest !== undefined) return readReport(store, newest.key);
  throw new DriftMonitorError(
    `${model.name} ${version} has no report in ${store.url}; make one with: drift-monitor detect`,
  );
}

/** The report of a key. Throws with what to do where it is not there, or not one. */
export async function readReport(store: ObjectStore, key: string): Promise<StoredReport> {
  const stored = await getIfThere(store, key);
  if (stored === undefined) {
    throw new DriftMonitorError(`there is no report ${key} in ${store.url}; make one with: drift-monitor detect`);
  }
  return parseReport(stored.bytes, key);
}

/** `where` is what an error says that it is. */
export function parseReport(bytes: Uint8Array, where: string): StoredReport {
  const text = Buffer.from(bytes).toString('utf8').trimEnd();
  const parsed = reportSchema.safeParse(parseJson(bytes));
  if (parsed.success) return { report: parsed.data, text };
  const [issue] = parsed.error.issues;
  throw new DriftMonitorError(
    `the report ${where} is not one that this program reads (${issue?.path.join('.')}: ${issue?.message}); make it anew with: drift-monitor detect`,
  );
}

async function keyOfHour(store: ObjectStore, { name, version }: ModelChoice, hour: Hour): Promise<string> {
  if (version !== undefined) return reportKey({ name, version }, hour);
  const [only, ...others] = (await listReports(store, { name, version })).filter((report) => report.hour === hour);
  if (only === undefined) {
    throw new DriftMonitorError(`${name} has no report of ${new Date(hour).toISOString()} in ${store.url}`);
  }
  if (others.length > 0) {
    throw new DriftMonitorError(
      `several versions of ${name} have a report of that hour; say which with --model-version`,
    );
  }
  return only.key;
}

export interface ListedReport {
  readonly key: string;
  readonly model: ModelId;
  /** Last hour of the window. */
  readonly hour: Hour;
}

/** The stored reports of a model, oldest first. */
export async function listReports(store: ObjectStore, model: ModelChoice): Promise<ListedReport[]> {
  const reports: ListedReport[] = [];
  for await (const { key } of store.list(reportsPrefixOfName(model.name))) {
    const parsed = parseReportKey(key);
    if (parsed === undefined || (model.version ?? parsed.model.version) !== parsed.model.version) continue;
    reports.push({ key, ...parsed });
  }
  return reports.sort((a, b) => a.hour - b.hour || (a.key < b.key ? -1 : 1));
}
