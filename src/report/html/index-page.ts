import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { percent } from '../../drift/words.ts';
import {
  loadOverview,
  OVERVIEW_DAYS,
  type Overview,
  type OverviewEntry,
  REMEMBERED_DAYS,
} from '../../history/overview.ts';
import { type OverviewRun, unpackRuns } from '../../history/packed-runs.ts';
import { buckets, isJudged } from '../../history/series.ts';
import { HOUR_MS } from '../../storage/hour.ts';
import { INDEX_PAGE_KEY, pageKey, REPORTS_PREFIX, reportKey } from '../../storage/layout.ts';
import { ConflictError, type ObjectStore } from '../../storage/object-store.ts';
import { updateObject } from '../../storage/update-object.ts';
import { count, counted, instant } from '../words.ts';
import { type Href, type Html, html, localPath } from './markup.ts';
import { page } from './page.ts';

/** Runs that the page links: with many models fewer days of each, and with more than that is enough for the worst only. */
const LINKS = 3_600;
/** Columns of all trends together. */
const COLUMNS = 30_000;
const HOURS = 24;
/** A window that ended longer ago is said to be old. */
const STALE_MS = 48 * HOUR_MS;

/** The version of `drift-reports/index.html` that lies in the storage; undefined where there is none. */
export async function pageBefore(store: ObjectStore): Promise<string | undefined> {
  for await (const { key, etag } of store.list(INDEX_PAGE_KEY)) if (key === INDEX_PAGE_KEY) return etag;
  return undefined;
}

/**
 * Writes `drift-reports/index.html`, `before` being what lay there before `overview` was written. Where somebody else has written
 * it since, what it shows is read after what it replaces: of two writers at once the last one has seen what both have to tell.
 */
export async function saveIndexPage(
  store: ObjectStore,
  overview: Overview,
  before: string | undefined,
  now: number,
): Promise<void> {
  const rendered = (shown: Overview) => Buffer.from(renderIndexPage(shown, now));
  try {
    await store.put(
      INDEX_PAGE_KEY,
      rendered(overview),
      before === undefined ? { ifNoneMatch: '*' } : { ifMatch: before },
    );
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    await updateObject(store, INDEX_PAGE_KEY, async () => rendered(await loadOverview(store)));
  }
}

export interface IndexLinks {
  /** Path of the page of a model's history, relative to this one, where there is such a page. */
  readonly history?: (modelName: string) => string;
}

/** All models and their last runs, with links to their reports. `now` in milliseconds since 1970. */
export function renderIndexPage({ models }: Overview, now: number, links: IndexLinks = {}): string {
  const isStale = ({ latest }: OverviewEntry) => now - endOf(latest.hour) > STALE_MS;
  const ordered = models.toSorted(
    (a, b) =>
      gravity(a) - gravity(b) || Number(isStale(b)) - Number(isStale(a)) || b.latest.driftScore - a.latest.driftScore,
  );
  const days = Math.max(1, Math.min(OVERVIEW_DAYS, Math.floor(LINKS / HOURS / Math.max(1, models.length))));
  const linked = ordered.slice(0, Math.floor(LINKS / HOURS));
  const columns = Math.min(OVERVIEW_DAYS * HOURS, Math.max(28, Math.floor(COLUMNS / Math.max(1, models.length))));
  const drifting = models.filter(({ latest }) => latest.status === 'drift').length;
  return page({
    title: 'Drift monitor: models',
    header: html`<p class="over">drift-monitor</p><h1>Models</h1>
<p class="soft">As of ${instant(new Date(now).toISOString())} UTC</p>`,
    main: html`<p>${sentence(models.length, drifting)}${staleSentence(models.filter(isStale).length)}</p>
<section class="card" aria-labelledby="models"><h2 id="models">How they stand</h2><div class="scroll"><table><thead><tr><th scope="col">Model</th><th scope="col">Latest run</th><th scope="col" class="num">Score</th><th scope="col" class="hide-small">${OVERVIEW_DAYS} days</th><th scope="col" class="num">Drifted</th><th scope="col" class="num hide-small">Rows</th><th scope="col" class="num hide-small">Alerts</th><th scope="col">Window until</th></tr></thead>
<tbody>${ordered.map((entry) => row(entry, columns, isStale(entry) ? now : undefined, links))}</tbody></table></div></section>
<section aria-labelledby="runs"><h2 id="runs">Runs</h2>${aboutRuns(models.length, linked.length, days)}${linked.map((entry) => runsOf(entry, days))}</section>`,
    footer: html`Each run of drift-monitor detect writes this page anew. A link opens the report of that run, as long as it is kept. A model version that was not judged for ${REMEMBERED_DAYS} days is left out.`,
  });
}

function sentence(models: number, drifting: number): string {
  if (models === 0) return 'No model has been judged yet.';
  const those = counted(models, 'model version');
  if (drifting === 0) return `No drift in the latest runs of ${those}.`;
  return `${count(drifting)} of ${those} ${drifting === 1 ? 'shows' : 'show'} drift in the latest run.`;
}

function staleSentence(stale: number): string {
  if (stale === 0) return '';
  return ` The latest window of ${count(stale)} ended more than two days ago.`;
}

/** What the page leaves out, where it does. */
function aboutRuns(models: number, linked: number, days: number): Html | undefined {
  if (models === 0) return undefined;
  const span =
    days === OVERVIEW_DAYS ? `the last ${days} days` : `the last ${days === 1 ? 'day' : `${days} days`} only`;
  const some =
    linked < models
      ? ` of the ${count(linked)} model versions that stand worst; of all others the latest run is linked above`
      : '';
  return html`<p class="soft">Runs of ${span}${some}. Drift score in per cent, by the last hour of the window (UTC); ▲: drift, ?: not judged.</p>`;
}

const STATUSES = ['drift', 'insufficient-data', 'no-data', 'no-drift'] as const;

function gravity({ latest }: OverviewEntry): number {
  return STATUSES.indexOf(latest.status);
}

/** `now` where the window ended long before it. */
function row(entry: OverviewEntry, columns: number, now: number | undefined, { history }: IndexLinks): Html {
  const { name, version, latest } = entry;
  const { critical, warning, info = 0 } = latest.alerts;
  const to = endOf(latest.hour);
  const age = now === undefined ? undefined : Math.floor((now - to) / HOURS / HOUR_MS);
  return html`<tr><th scope="row"><a href="${pageOf(entry, Date.parse(latest.hour))}">${name} ${version}</a>${history && html` · <a href="${localPath(history(name))}" aria-label="history of ${name} ${version}">history</a>`}</th>
<td>${statusTag(latest.status)}</td><td class="num">${isJudged(latest.status) ? percent(latest.driftScore) : '–'}</td><td class="hide-small">${trend(entry, columns)}</td>
<td class="num">${latest.drift} of ${latest.signals}</td><td class="num hide-small">${count(latest.rows)}</td>
<td class="num hide-small">${critical + warning + info}${critical > 0 ? ` (${critical} critical)` : ''}</td><td>${instant(new Date(to).toISOString())}${age === undefined ? undefined : html` <span class="tag unsure">${counted(age, 'day')} ago</span>`}</td></tr>
`;
}

function endOf(hour: string): number {
  return Date.parse(hour) + HOUR_MS;
}

function statusTag(status: OverviewEntry['latest']['status']): Html {
  switch (status) {
    case 'drift':
      return html`<span class="tag drift">▲ drift</span>`;
    case 'no-drift':
      return html`<span class="tag none">✓ no drift</span>`;
    case 'insufficient-data':
      return html`<span class="tag unsure">? too few rows</span>`;
    case 'no-data':
      return html`<span class="tag unsure">? no data</span>`;
  }
}

const WIDTH = 140;
const HEIGHT = 26;

/** A score that is higher than half is drawn to its own height, all others to one scale. */
const TOP = 0.5;

/** The scores of the last days, the highest of each column. */
function trend({ name, version, latest, runs }: OverviewEntry, columns: number): Html | undefined {
  const points = unpackRuns(runs).map(([hour, status, score]) => {
    return { hour: hour * HOUR_MS, value: isJudged(status) ? score : null };
  });
  const scores = points.flatMap(({ value }) => value ?? []);
  if (scores.length < 2) return undefined;
  const to = endOf(latest.hour);
  const drawnPoints = buckets(points, to - OVERVIEW_DAYS * HOURS * HOUR_MS, to, columns)
    .map(({ value, hasRun }, column) => ({ value, hasRun, column }))
    .filter(({ hasRun }) => hasRun);
  const x = scaleLinear([0, columns - 1], [2, WIDTH - 2]);
  const y = scaleLinear([0, Math.max(TOP, ...scores)], [HEIGHT - 2, 2]);
  const drawn = line<(typeof drawnPoints)[number]>(
    ({ column }) => x(column),
    ({ value }) => y(value ?? 0),
  );
  const path = drawn.defined(({ value }) => value !== null).digits(columns < 100 ? 0 : 1)(drawnPoints) ?? '';
  const label = `Drift score of ${name} ${version}: ${percent(Math.min(...scores))} to ${percent(Math.max(...scores))}`;
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${label}"><path class="g" d="M0,${HEIGHT - 2}H${WIDTH}"/><path class="n" d="${path}"/></svg>`;
}

function runsOf(entry: OverviewEntry, days: number): Html {
  const { name, version, latest } = entry;
  const runs = unpackRuns(entry.runs);
  const lastDay = Math.floor(Date.parse(latest.hour) / HOUR_MS / HOURS);
  const byHour = new Map(runs.map((run) => [run[0], run]));
  const rows = Array.from({ length: days }, (_, back) => lastDay - back).filter((day) =>
    runs.some(([hour]) => Math.floor(hour / HOURS) === day),
  );
  const heads = Array.from({ length: HOURS }, (_, hour) => html`<th scope="col" class="num">${twoDigits(hour)}</th>`);
  return html`<details class="card"><summary>${name} ${version}</summary><div class="scroll"><table class="hours"><thead><tr><th scope="col">Day</th>${heads}</tr></thead><tbody>${rows.map(
    (
      day,
    ) => html`<tr><th scope="row" class="num">${new Date(day * HOURS * HOUR_MS).toISOString().slice(0, 10)}</th>${heads.map(
      (_, hour) => cell(entry, byHour.get(day * HOURS + hour)),
    )}</tr>
`,
  )}</tbody></table></div></details>
`;
}

function cell(entry: OverviewEntry, run: OverviewRun | undefined): Html {
  if (run === undefined) return html`<td></td>`;
  const [hour, status, score] = run;
  const text = isJudged(status) ? `${status === 'drift' ? '▲' : ''}${Math.round(score * 100)}` : '?';
  return html`<td class="${status === 'drift' ? 'num drift' : 'num'}"><a href="${pageOf(entry, hour * HOUR_MS)}">${text}</a></td>`;
}

function twoDigits(hour: number): string {
  return String(hour).padStart(2, '0');
}

/** Relative to the index page. */
function pageOf(model: OverviewEntry, hour: number): Href {
  return localPath(pageKey(reportKey(model, hour)).slice(REPORTS_PREFIX.length));
}
