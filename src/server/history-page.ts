import { numberInWords, percent } from '../drift/words.ts';
import type { HistoryLine } from '../history/line.ts';
import { isJudged, mostDrifted, scoreSeries, signalsOf, signalsSeries, sinceWhen } from '../history/series.ts';
import { type Html, html, localPath } from '../report/html/markup.ts';
import { page } from '../report/html/page.ts';
import { sparkline } from '../report/html/sparkline.ts';
import { named } from '../report/html/words.ts';
import { count, counted, instant } from '../report/words.ts';
import { HOUR_MS } from '../storage/hour.ts';
import { type ModelId, pageKey, reportKey } from '../storage/layout.ts';
import { pathOfReport } from './checks.ts';

export interface ShownHistory {
  readonly model: ModelId;
  /** Of that version, by hour. */
  readonly lines: readonly HistoryLine[];
  readonly days: number;
  readonly psiThreshold: number;
  readonly scoreThreshold: number;
}

const SIGNALS = 12;
/** Runs that are listed, the latest first. */
const LISTED = 168;

/** How a model version went: its score, the signals that moved most, and its runs. */
export function renderHistoryPage(history: ShownHistory): string {
  const { model, lines, days } = history;
  const drifted = lines.filter(({ status }) => status === 'drift').length;
  return page({
    title: `History: ${model.name} ${model.version}`,
    header: html`<p class="over">drift-monitor history</p><h1>${model.name} ${model.version}</h1>
<p class="soft">${counted(days, 'day')}: ${counted(lines.length, 'run')}, ${count(drifted)} with drift</p>
<nav aria-label="Other pages"><ul><li><a href="${localPath('../reports/')}">All models</a></li></ul></nav>`,
    main:
      lines.length === 0
        ? html`<p>No run of these days is in the history.</p>`
        : html`${score(history)}${signals(history)}${runs(history)}`,
  });
}

function score({ lines, scoreThreshold }: ShownHistory): Html {
  const points = scoreSeries(lines).map(({ hour, value }) => ({ at: hour + HOUR_MS, value }));
  const drawn = sparkline({ what: 'Drift score', points, threshold: scoreThreshold, inWords: percent });
  return html`<section class="card" aria-labelledby="score"><h2 id="score">Drift score</h2>${drawn ?? html`<p>Fewer than two runs were judged.</p>`}</section>`;
}

function signals({ lines, psiThreshold }: ShownHistory): Html | undefined {
  const names = mostDrifted(lines, SIGNALS);
  if (names.length === 0) return undefined;
  const series = signalsSeries(lines, names, 'psi');
  return html`<section aria-labelledby="signals"><h2 id="signals">What moved most</h2>${names.map((name, index) => {
    const points = (series[index] ?? []).map(({ hour, value, atMost }) => ({
      at: hour + HOUR_MS,
      value: value ?? atMost ?? null,
    }));
    const since = sinceWhen(lines, name);
    return html`<section class="card"><h3>${named(name)}</h3>${since && html`<p class="soft">${since.verdict === 'drift' ? 'Drift' : 'Minor'} since ${instant(new Date(since.hour).toISOString())} UTC${since.mayBeLonger ? ', or longer' : ''}</p>`}${sparkline({ what: 'PSI', points, threshold: psiThreshold, inWords: numberInWords })}</section>`;
  })}</section>`;
}

function runs({ model, lines }: ShownHistory): Html {
  const listed = lines.slice(-LISTED).reverse();
  return html`<section class="card" aria-labelledby="runs"><h2 id="runs">Runs</h2><div class="scroll"><table>
<thead><tr><th scope="col">Window until</th><th scope="col">Status</th><th scope="col" class="num">Score</th><th scope="col" class="num">Drifted</th><th scope="col" class="num hide-small">Rows</th><th scope="col" class="hide-small">Moved most</th></tr></thead>
<tbody>${listed.map((line) => run(model, line))}</tbody></table></div>
${listed.length < lines.length ? html`<p class="soft">${counted(lines.length - listed.length, 'earlier run')} not listed</p>` : undefined}</section>`;
}

function run(model: ModelId, line: HistoryLine): Html {
  const { hour, status, driftScore, drift, signals: all, rows } = line;
  const start = Date.parse(hour);
  const path = `..${pathOfReport(pageKey(reportKey(model, start)))}`;
  const [first] = signalsOf(line);
  return html`<tr><th scope="row"><a href="${localPath(path)}">${instant(new Date(start + HOUR_MS).toISOString())}</a></th>
<td>${STATUS[status]}</td><td class="num">${isJudged(status) ? percent(driftScore) : '–'}</td><td class="num">${drift} of ${all}</td><td class="num hide-small">${count(rows)}</td><td class="hide-small">${first && named(first.name)}</td></tr>
`;
}

const STATUS: Readonly<Record<HistoryLine['status'], Html>> = {
  drift: html`<span class="tag drift">▲ drift</span>`,
  'no-drift': html`<span class="tag none">✓ no drift</span>`,
  'insufficient-data': html`<span class="tag unsure">? too few rows</span>`,
  'no-data': html`<span class="tag unsure">? no rows</span>`,
};
