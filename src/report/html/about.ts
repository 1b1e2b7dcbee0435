import { type AlertCondition, SEVERITIES } from '../../alerting/schema.ts';
import { numberInWords } from '../../drift/words.ts';
import type { Report } from '../schema.ts';
import { signalsOf } from '../signals.ts';
import { count, counted, instant } from '../words.ts';
import { type Content, type Html, html } from './markup.ts';
import { sentence } from './sentence.ts';
import { named, share, size } from './words.ts';

/** Rows of names and values. */
function facts(rows: readonly (readonly [string, Content])[]): Html {
  return html`<table class="figures"><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}

const SHOWN = 200;

/** Tables longer than this are cut, and say so. */
function cut<T>(all: readonly T[], row: (one: T) => Html): Html {
  const more = all.length - SHOWN;
  return html`${all.slice(0, SHOWN).map(row)}${more > 0 ? html`<tr><td colspan="3">… and ${count(more)} more, in the JSON report</td></tr>` : undefined}`;
}

export function findingsPart({ findings }: Report): Html | undefined {
  if (findings.length === 0) return undefined;
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
<p class="soft">What is odd about files and columns, whether or not it is drift.</p>
<div class="card"><div class="scroll" tabindex="0" role="group" aria-label="Findings"><table class="findings"><thead><tr><th scope="col">What</th><th scope="col">Column</th><th scope="col">In words</th></tr></thead>
<tbody>${cut(
    findings,
    ({ code, column, message }) =>
      html`<tr><th scope="row">${code}</th><td>${column === undefined ? '–' : named(column)}</td><td>${sentence(message)}</td></tr>`,
  )}</tbody></table></div></div></section>`;
}

type RunAlert = NonNullable<Report['run']['alerts']>[number];

const STATES = { pending: 'pending: not yet in enough runs', open: 'open', resolved: 'resolved by this run' } as const;
/** They are no property of a window's data: whether they hold cannot be seen from what it shows. */
const OF_RUNS: ReadonlySet<string | undefined> = new Set(['no-data', 'low-volume', 'stale-baseline', undefined]);

/** How alerts stand, what was sent about them, and what retraining was asked for. */
export function alertsPart({ alerts, run }: Report): Html | undefined {
  const shown = new Map<string, AlertCondition>(alerts.map((condition) => [condition.id, condition]));
  const standing = run.alerts ?? [];
  if (alerts.length === 0 && standing.length === 0) return undefined;
  const known = new Set(standing.map(({ id }) => id));
  const others = alerts.filter(({ id }) => !known.has(id));
  const rows = [
    ...standing.map((alert) => ({
      ...alert,
      title: shown.get(alert.id)?.title ?? alert.title,
      how: how(alert, shown),
    })),
    ...others.map((condition) => ({ ...condition, state: 'open' as const, how: html`in this window` })),
  ];
  const gravity = ({ state, severity }: (typeof rows)[number]) =>
    (state === 'resolved' ? SEVERITIES.length : 0) + SEVERITIES.indexOf(severity);
  rows.sort((a, b) => gravity(a) - gravity(b));
  return html`<section aria-labelledby="alerts"><h2 id="alerts">Alerts</h2>
<div class="card"><div class="scroll" tabindex="0" role="group" aria-label="Alerts"><table><thead><tr><th scope="col">Severity</th><th scope="col">What</th><th scope="col">How it stands (UTC)</th></tr></thead>
<tbody>${cut(
    rows,
    ({ id, severity, title = 'An alert whose title this report does not hold', how }) =>
      html`<tr><td><span class="tag ${severity === 'CRITICAL' ? 'drift' : severity === 'WARNING' ? 'minor' : 'unsure'}">${severity}</span></td><th scope="row">${sentence(title)}<br><code class="soft">${id}</code></th><td>${how}</td></tr>`,
  )}</tbody></table></div>${deliveries(run)}${retraining(run)}</div></section>`;
}

function how(alert: RunAlert, shown: ReadonlyMap<string, unknown>): Html {
  const { id, state, rule, since, acknowledgedUntil, silencedUntil } = alert;
  const isGone = state === 'open' && !OF_RUNS.has(rule) && !shown.has(id);
  const parts = [
    state === 'resolved' ? `${STATES[state]}; it began ${instant(since)}` : `${STATES[state]}, since ${instant(since)}`,
    ...(isGone ? ['not in this window: it ends when runs go on without it'] : []),
    ...(acknowledgedUntil === undefined ? [] : [`acknowledged until ${instant(acknowledgedUntil)}`]),
    ...(silencedUntil === undefined ? [] : [`silenced until ${instant(silencedUntil)}`]),
  ];
  return html`${parts.join('; ')}`;
}

function deliveries({ deliveries: all = [] }: Report['run']): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<h3>Told</h3><ul>${all.map(
    ({ sink, status, error }) =>
      html`<li>${named(sink)}: ${status}${error === undefined ? '' : html` (${sentence(error)})`}</li>`,
  )}</ul>`;
}

function retraining({ retraining: started }: Report['run']): Html | undefined {
  if (started === undefined) return undefined;
  const { outcome, job, error } = started;
  return html`<h3>Retraining</h3><p>${outcome}${job === null ? '' : html`, ${named(job)}`}${error === null ? '' : html`: ${sentence(error)}`}</p>`;
}

export function inputsPart({ inputs, baseline, window, run }: Report): Html {
  const { skipped } = inputs;
  return html`<section aria-labelledby="inputs"><h2 id="inputs">Inputs</h2><div class="card">
${facts([
  ['Window', `${instant(window.from)} – ${instant(window.to)} UTC, ${counted(window.hours, 'hour')}`],
  ['Log files', `${counted(inputs.files, 'file')}, ${size(inputs.bytes)}, ${counted(inputs.rows, 'row')}`],
  ['Left out', skipped.length === 0 ? 'nothing' : counted(skipped.length, 'file')],
  ['Baseline', `${baseline.id}, ${counted(baseline.rows, 'row')}, made ${instant(run.baselineCreatedAt)} UTC`],
  [
    'Read by this run',
    `${counted(run.filesRead, 'file')}; ${counted(run.hoursUpdated, 'hour')} counted, ${count(run.hoursKept)} known before`,
  ],
  [
    'Made',
    `${instant(run.startedAt)} UTC in ${numberInWords(run.durationMs / 1000)} s by drift-monitor ${run.version}`,
  ],
])}${
  skipped.length === 0
    ? undefined
    : html`<h3>Files that were left out</h3><div class="scroll" tabindex="0" role="group" aria-label="Files"><table><thead><tr><th scope="col">File</th><th scope="col">Why</th></tr></thead><tbody>${cut(
        skipped,
        ({ key, cause }) => html`<tr><th scope="row">${sentence(key)}</th><td>${sentence(cause)}</td></tr>`,
      )}</tbody></table></div>`
}</div></section>`;
}

export function settingsPart(report: Report): Html {
  const { settings } = report;
  const own = signalsOf(report).flatMap(({ name, thresholds }) => (thresholds ? [{ name, ...thresholds }] : []));
  const weights = Object.entries(settings.importance ?? {});
  return html`<section aria-labelledby="settings"><h2 id="settings">Settings used</h2><div class="card">
${facts([
  ['Window (analysisWindowHours)', counted(settings.analysisWindowHours, 'hour')],
  ['Least rows (minSamples)', count(settings.minSamples)],
  ['PSI that is drift (psiThreshold)', settings.psiThreshold],
  ['Distance that is drift (ksThreshold)', settings.ksThreshold],
  ['Score that is critical (scoreCriticalThreshold)', settings.scoreCriticalThreshold],
  ['Reports that may raise a false alarm (falseAlarmRate)', share(settings.falseAlarmRate)],
  ['Rule (policy)', settings.policy],
  ...(weights.length === 0
    ? []
    : [
        [
          'Weights in the score (importance)',
          weights.slice(0, SHOWN).map(([name, weight]) => html`<div>${named(name)}: ${weight}</div>`),
        ] as const,
      ]),
  ...(own.length === 0
    ? []
    : [
        [
          'Thresholds of single columns (columns)',
          own
            .slice(0, SHOWN)
            .map(({ name, psi, distance }) => html`<div>${named(name)}: PSI ${psi}, distance ${distance}</div>`),
        ] as const,
      ]),
])}</div></section>`;
}

export const HOW_TO_READ: Html = html`<section aria-labelledby="how"><h2 id="how">How to read this</h2><div class="card">
<p><b>Charts.</b> <span class="key base"></span>Area: shares of the training data’s rows. <span class="key now"></span>Line: shares of the window’s rows. Both on the same bins, which add up to all rows. What lies beyond the usual range is drawn beside a gap, not to scale.</p>
<p><b>Verdicts.</b> ▲ drift and △ minor need evidence, an adjusted p-value of at most half of the false-alarm rate, and an effect: PSI or distance at its threshold (0.1 for minor). ✓ unremarkable: no evidence, or too small to matter. ? too few rows is neither drift nor all-clear.</p>
<p><b>PSI</b>, population stability index: 0 for equal shares; 0.1 is worth a look, 0.2 worth acting on. <b>Distance D</b>, Kolmogorov-Smirnov: the largest gap between the two cumulative distributions, 0 to 1; 0.2 is a shift of about half a standard deviation. <b>p</b>: how likely so large a difference is without drift, adjusted for all tests of the report.</p>
<p><b>95 % intervals.</b> Chance alone makes PSI and distances larger than 0, the more so the fewer rows there are. The intervals are corrected for that, the values beside them are not: a value may lie above its own interval, and where it is small it then says little.</p>
</div></section>`;
