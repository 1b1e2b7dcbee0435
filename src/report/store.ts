import { DriftMonitorError } from '../errors.ts';
import type { Hour } from '../storage/hour.ts';
import { HOUR_MS, hourOf } from '../storage/hour.ts';
import { encodeJson, getIfThere, parseJson } from '../storage/json-document.ts';
import {
  INDEX_PAGE_KEY,
  latestReportKey,
  type ModelId,
  pageKey,
  parseReportKey,
  REPORTS_PREFIX,
  reportKey,
  reportsPrefixOfName,
} from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { putBytesUnlessNewer, putUnlessNewer } from '../storage/put-unless-newer.ts';
import type { ReportHistory } from './html/history.ts';
import type { ReportLinks } from './html/render.ts';
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
  const [{ movedPage, renderReport }, { windowToOfPage }] = await Promise.all([
    import('./html/render.ts'),
    import('./html/page.ts'),
  ]);
  const [key, latestKey] = [keyOf(report), latestReportKey(report.model.name)];
  const links = linksFrom(key);
  const page = renderReport(report, { history, links });
  const latest = Buffer.from(movedPage(page, links, linksFrom(latestKey)));
  const to = Date.parse(report.window.to);
  await Promise.all([
    store.put(pageKey(key), Buffer.from(page)),
    putBytesUnlessNewer(store, pageKey(latestKey), latest, to, windowToOfPage, latestEnd(report)),
  ]);
}

/** Where a window ends at the latest when a report is made: with the hour that goes on. */
function latestEnd({ run }: Report): number {
  return hourOf(Date.parse(run.startedAt)) + HOUR_MS;
}

/** Where the page beside the report of a key leads to. */
export function linksFrom(key: string): Required<ReportLinks> {
  const folders = key.slice(REPORTS_PREFIX.length).split('/');
  const json = folders.pop() ?? '';
  return { models: `${'../'.repeat(folders.length)}${INDEX_PAGE_KEY.slice(REPORTS_PREFIX.length)}`, json };
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

const ANEW = 'make it anew with: drift-monitor detect';

/** `where` and `remedy` are what an error says: what it is, and what to do. */
export function parseReport(bytes: Uint8Array, where: string, remedy = ANEW): StoredReport {
  const text = Buffer.from(bytes).toString('utf8').trimEnd();
  const document = parseJson(bytes);
  const parsed = reportSchema.safeParse(document);
  if (parsed.success) return { report: parsed.data, text };
  const what = whatElse(document);
  if (what !== undefined) throw new DriftMonitorError(`${where} is no report of drift-monitor: ${what}; ${remedy}`);
  const [issue] = parsed.error.issues;
  throw new DriftMonitorError(
    `the report ${where} is not one that this program reads (${issue?.path.join('.')}: ${issue?.message}); ${remedy}`,
  );
}

/** What a document is that does not even look like a report; undefined where it does. */
function whatElse(document: unknown): string | undefined {
  if (document === undefined) return 'it holds no JSON document';
  if (Array.isArray(document)) {
    return 'it holds a list, as detect --json prints one for several models: each entry is a report';
  }
  if (typeof document === 'object' && document !== null && 'format' in document && 'features' in document) {
    return undefined;
  }
  return 'it has no format and no features';
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
