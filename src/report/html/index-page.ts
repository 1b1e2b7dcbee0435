import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { percent } from '../../drift/words.ts';
import {
  loadOverview,
  OVERVIEW_DAYS,
  type Overview,
  type OverviewEntry,
  type OverviewRun,
} from '../../history/overview.ts';
import { HOUR_MS } from '../../storage/hour.ts';
import { INDEX_PAGE_KEY, pageKey, REPORTS_PREFIX, reportKey } from '../../storage/layout.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { updateObject } from '../../storage/update-object.ts';
import { count, counted, instant } from '../words.ts';
import { type Href, type Html, html, localPath } from './markup.ts';
import { page } from './page.ts';

/** Runs that the page links; with more models than they are enough for it links fewer days of each. */
const LINKS = 10_000;
const HOURS = 24;

/**
 * Writes `drift-reports/index.html`. What it shows is read after what it replaces, so of two writers at once the one that comes
 * last has seen what both have to tell.
 */
export async function saveIndexPage(store: ObjectStore, now: number): Promise<void> {
  await updateObject(store, INDEX_PAGE_KEY, async () => Buffer.from(renderIndexPage(await loadOverview(store), now)));
}

export interface IndexLinks {
  /** Path of the page of a model's history, relative to this one, where there is such a page. */
  readonly history?: (modelName: string) => string;
}

/** All models and their last runs, with links to their reports. `now` in milliseconds since 1970. */
export function renderIndexPage({ models }: Overview, now: number, links: IndexLinks = {}): string {
  const ordered = models.toSorted((a, b) => gravity(a) - gravity(b));
  const days = Math.max(1, Math.min(OVERVIEW_DAYS, Math.floor(LINKS / HOURS / Math.max(1, models.length))));
  const drifting = models.filter(({ latest }) => latest.status === 'drift').length;
  return page({
    title: 'Drift monitor: models',
    header: html`<p class="over">drift-monitor</p><h1>Models</h1>
<p class="soft">As of ${instant(new Date(now).toISOString())} UTC</p>`,
    main: html`<p>${sentence(models.length, drifting)}</p>
<section class="card" aria-labelledby="models"><h2 id="models">How they stand</h2><div class="scroll">${standing(ordered, links)}</div></section>
<section aria-labelledby="runs"><h2 id="runs">Runs</h2>${ordered.map((entry) => runsOf(entry, days))}</section>`,
    footer: html`Each run of drift-monitor detect writes this page anew. A link opens the report of that run, as long as it is kept.`,
  });
}

function sentence(models: number, drifting: number): string {
  if (models === 0) return 'No model has been judged yet.';
  const those = counted(models, 'model version');
  if (drifting === 0) return `No drift in the latest runs of ${those}.`;
  return `${count(drifting)} of ${those} ${drifting === 1 ? 'shows' : 'show'} drift in the latest run.`;
}

const STATUSES = ['drift', 'insufficient-data', 'no-data', 'no-drift'] as const;

function gravity({ latest }: OverviewEntry): number {
  return STATUSES.indexOf(latest.status);
}

function standing(entries: readonly OverviewEntry[], links: IndexLinks): Html {
  return html`<table><thead><tr><th scope="col">Model</th><th scope="col">Latest run</th><th scope="col" class="num">Score</th><th scope="col" class="hide-small">${String(OVERVIEW_DAYS)} days</th><th scope="col" class="num">Drifted</th><th scope="col" class="num hide-small">Rows</th><th scope="col" class="num hide-small">Alerts</th><th scope="col">Window until</th></tr></thead>
<tbody>${entries.map((entry) => row(entry, links))}</tbody></table>`;
}

function row(entry: OverviewEntry, { history }: IndexLinks): Html {
  const { name, version, latest } = entry;
  const { critical, warning, info = 0 } = latest.alerts;
  const to = new Date(Date.parse(latest.hour) + HOUR_MS).toISOString();
  return html`<tr><th scope="row"><a href="${pageOf(entry, Date.parse(latest.hour))}">${name} ${version}</a>${history && html` · <a href="${localPath(history(name))}" aria-label="history of ${name} ${version}">history</a>`}</th>
<td>${statusTag(latest.status)}</td><td class="num">${isJudged(latest.status) ? percent(latest.driftScore) : '–'}</td><td class="hide-small">${trend(entry)}</td>
<td class="num">${latest.drift} of ${latest.signals}</td><td class="num hide-small">${count(latest.rows)}</td>
<td class="num hide-small">${critical + warning + info}${critical > 0 ? ` (${critical} critical)` : ''}</td><td>${instant(to)}</td></tr>
`;
}

function isJudged(status: OverviewEntry['latest']['status']): boolean {
  return status === 'drift' || status === 'no-drift';
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

/** The scores of the last days. */
function trend({ name, version, latest, runs }: OverviewEntry): Html | undefined {
  const scores = runs.flatMap(([, status, score]) => (isJudged(status) ? [score] : []));
  if (scores.length < 2) return undefined;
  const end = Date.parse(latest.hour) / HOUR_MS;
  const x = scaleLinear([end - OVERVIEW_DAYS * HOURS, end], [2, WIDTH - 2]);
  const y = scaleLinear([0, Math.max(TOP, ...scores)], [HEIGHT - 2, 2]);
  const drawn = line<OverviewRun>(
    ([hour]) => x(hour),
    ([, , score]) => y(score),
  );
  const path = drawn.defined(([, status]) => isJudged(status)).digits(1)(runs) ?? '';
  const label = `Drift score of ${name} ${version}: ${percent(Math.min(...scores))} to ${percent(Math.max(...scores))}`;
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${label}"><path class="g" d="M0,${HEIGHT - 2}H${WIDTH}"/><path class="n" d="${path}"/></svg>`;
}

function runsOf(entry: OverviewEntry, days: number): Html {
  const { name, version, latest, runs } = entry;
  const lastDay = Math.floor(Date.parse(latest.hour) / HOUR_MS / HOURS);
  const byHour = new Map(runs.map((run) => [run[0], run]));
  const rows = Array.from({ length: days }, (_, back) => lastDay - back).filter((day) =>
    runs.some(([hour]) => Math.floor(hour / HOURS) === day),
  );
  const heads = Array.from({ length: HOURS }, (_, hour) => html`<th scope="col" class="num">${twoDigits(hour)}</th>`);
  return html`<details class="card"><summary>${name} ${version}</summary><div class="scroll"><table class="hours"><caption>Drift score in per cent, by the last hour of the window (UTC); ▲: drift, ?: not judged</caption>
<thead><tr><th scope="col">Day</th>${heads}</tr></thead><tbody>${rows.map(
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
  return html`<td class="num ${status}"><a href="${pageOf(entry, hour * HOUR_MS)}">${text}</a></td>`;
}

function twoDigits(hour: number): string {
  return String(hour).padStart(2, '0');
}

/** Relative to the index page. */
function pageOf(model: OverviewEntry, hour: number): Href {
  return localPath(pageKey(reportKey(model, hour)).slice(REPORTS_PREFIX.length));
}
