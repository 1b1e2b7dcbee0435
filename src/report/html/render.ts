import type { Report } from '../schema.ts';
import { byImportance, signalsOf } from '../signals.ts';
import { count, counted, instant, STATUS } from '../words.ts';
import { alertsPart, findingsPart, HOW_TO_READ, inputsPart, settingsPart } from './about.ts';
import type { ReportHistory } from './history.ts';
import { anchor, type Html, html, localPath } from './markup.ts';
import { page } from './page.ts';
import { signalParts, whatMoved } from './signal-parts.ts';
import { verdictPart } from './verdict.ts';
import type { Notable } from './what-to-do.ts';

/** Where the page stands among others; paths are relative to it. */
export interface ReportLinks {
  /** The list of models. */
  readonly models?: string;
  /** The same report as JSON. */
  readonly json?: string;
}

export interface RenderOptions {
  readonly history?: ReportHistory | undefined;
  readonly links?: ReportLinks;
}

/**
 * A report as one HTML page that needs nothing else: no script, no request. The same report gives the same bytes. Nothing in
 * it can become markup, whatever the logs hold.
 */
export function renderReport(report: Report, { history, links = {} }: RenderOptions = {}): string {
  const { model, window, rows } = report;
  const sorted = signalsOf(report).sort(byImportance(report));
  const notable: Notable = {
    drifted: sorted.filter(({ verdict }) => verdict === 'drift'),
    minor: sorted.filter(({ verdict }) => verdict === 'minor'),
  };
  const signals = signalParts(report, sorted, history);
  const findings = findingsPart(report);
  const alerts = alertsPart(report);
  const title = `${STATUS[report.status]}: ${model.name} ${model.version}, ${instant(window.to)} UTC`;
  const header = html`<a class="skip" href="${anchor('verdict')}">To the verdict</a>
<p class="over">drift-monitor report</p>
<h1>${model.name} ${model.version}</h1>
<p class="soft">${instant(window.from)} – ${instant(window.to)} UTC (${counted(window.hours, 'hour')}), ${counted(rows, 'row')}</p>
<nav aria-label="Parts of this page"><ul>${[
    ...signals.map(({ id, title: part }) => html`<li><a href="${anchor(id)}">${part}</a></li>`),
    alerts && html`<li><a href="${anchor('alerts')}">Alerts</a></li>`,
    findings && html`<li><a href="${anchor('findings')}">Findings (${count(report.findings.length)})</a></li>`,
  ]}<li><a href="${anchor('inputs')}">Inputs</a></li><li><a href="${anchor('settings')}">Settings</a></li>${linkItems(links)}</ul></nav>`;
  const main = html`${verdictPart(report, notable, history)}
${whatMoved(report, sorted, history)}
${signals.map(({ content }) => content)}${alerts}${findings}${inputsPart(report)}${settingsPart(report)}${HOW_TO_READ}`;
  const footer = html`<p>Made by drift-monitor ${report.run.version} from ${counted(report.inputs.files, 'log file')}. This page holds no script and asks for nothing from anywhere.</p>`;
  return page({ title, windowTo: window.to, header, main, footer });
}

function linkItems({ models, json }: ReportLinks): Html {
  return html`${[
    models && html`<li><a href="${localPath(models)}">All models</a></li>`,
    json && html`<li><a href="${localPath(json)}">JSON</a></li>`,
  ]}`;
}

/** The same page at another place. Nothing from a report can look like a link, so the first that is found is the page's own. */
export function movedPage(page: string, from: ReportLinks, to: ReportLinks): string {
  return page.replace(String(linkItems(from)), () => String(linkItems(to)));
}
