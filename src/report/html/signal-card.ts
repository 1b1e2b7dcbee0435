import { numberInWords, pairInWords } from '../../drift/words.ts';
import { printable } from '../../printable.ts';
import { movedRanges } from '../evidence.ts';
import type { Report } from '../schema.ts';
import { columnFigures, type Feature, type Interval, type Output } from '../signals.ts';
import { count, pValue } from '../words.ts';
import { categoryChart } from './category-chart.ts';
import { type Html, html } from './markup.ts';
import { numericChart } from './numeric-chart.ts';
import { sentence } from './sentence.ts';
import { type Point, sparkline } from './sparkline.ts';
import { intervalInWords, named, share, verdictTag } from './words.ts';

export interface CardInput {
  readonly id: string;
  readonly entry: Feature | Output;
  readonly settings: Report['settings'];
  /** Of its PSI. */
  readonly history: readonly Point[] | undefined;
}

/** Everything that people ask of a column that moved: how it looked and looks, by how much, how sure, and why it counts. */
export function signalCard({ id, entry, settings, history }: CardInput): Html {
  const what = 'role' in entry ? entry.role : entry.type;
  return html`<article class="card" id="${id}">
<div class="signal-head"><h3>${named(entry.name)}</h3>${verdictTag(entry.verdict)}<span class="soft">${what === entry.type ? what : `${what}, ${entry.type}`}</span></div>
${reasonList(entry.reasons)}
<div class="signal"><div>${entry.type === 'numeric' ? html`${histogram(entry)}${entry.verdict === 'none' ? undefined : movedTable(entry.histogram, entry.temporal)}` : categoryChart(entry)}</div>
<div>${figures(entry)}${psiLine(history, entry, settings)}</div></div>
</article>
`;
}

/** The same in less space, for what is worth a look and no more. */
export function smallCard({ id, entry, settings, history }: CardInput): Html {
  const { psi, distance, adjustedPValue } = columnFigures(entry);
  const distanceName = entry.type === 'numeric' ? 'D' : 'largest change of a share';
  return html`<article class="card" id="${id}">
<div class="signal-head"><h3>${named(entry.name)}</h3>${verdictTag(entry.verdict)}</div>
${figureLine({ psi, distance, distanceName, adjustedPValue })}
${entry.type === 'numeric' ? histogram(entry) : categoryChart(entry)}
<p class="small soft">${sentence(entry.reasons.join('; '))}</p>${psiLine(history, entry, settings)}
</article>
`;
}

interface LineFigures {
  readonly psi: Interval;
  readonly distance: Interval;
  readonly distanceName: string;
  readonly adjustedPValue: number | null;
}

/** PSI, distance and p in one line. */
export function figureLine({ psi, distance, distanceName, adjustedPValue }: LineFigures): Html {
  const figure = (what: string, of: Interval) => {
    const range = intervalInWords(of);
    return html`${what} <b>${numberInWords(of.value)}</b>${range && ` (${range})`}`;
  };
  return html`<p class="small">${figure('PSI', psi)}, ${figure(distanceName, distance)}, p&nbsp;<b>${pValue(adjustedPValue)}</b></p>`;
}

export function psiLine(
  points: readonly Point[] | undefined,
  { thresholds }: Pick<Feature, 'thresholds'>,
  { psiThreshold }: Report['settings'],
): Html | undefined {
  return points && sparkline({ what: 'PSI', points, threshold: thresholds?.psi ?? psiThreshold });
}

export function reasonList(reasons: readonly string[]): Html {
  return html`<ul class="reasons">${reasons.map((reason) => html`<li>${sentence(reason)}</li>`)}</ul>`;
}

type NumericEntry = Extract<Feature | Output, { type: 'numeric' }>;

function histogram({ name, histogram, rows, missing, temporal }: NumericEntry): Html {
  const label = `Shares of the rows by value of ${printable(name, 120)}, in the training data and in the window`;
  return html`<figure>${numericChart({ histogram, rows, missing, temporal, label })}</figure>`;
}

const SHOWN_RANGES = 3;

/** Where a histogram differs most, in numbers. */
function movedTable(histogram: NumericEntry['histogram'], temporal: boolean | undefined): Html | undefined {
  const moved = temporal === true ? [] : movedRanges(histogram).slice(0, SHOWN_RANGES);
  if (moved.length === 0) return undefined;
  return html`<table><caption>Where it moved most, of the values that are there</caption>
<thead><tr><th scope="col">Values</th><th scope="col" class="num">Training</th><th scope="col" class="num">Window</th></tr></thead>
<tbody>${moved.map(
    ({ what, baseline, window }) =>
      html`<tr><th scope="row">${what}</th><td class="num">${share(baseline)}</td><td class="num">${share(window)}</td></tr>`,
  )}</tbody></table>`;
}

export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly note?: string | undefined;
}

export function figureTable(figures: readonly Figure[]): Html {
  return html`<table class="figures"><tbody>${figures.map(
    ({ what, value, note }) =>
      html`<tr><th scope="row">${what}</th><td>${value}${note === undefined ? undefined : html`<small>${note}</small>`}</td></tr>`,
  )}</tbody></table>`;
}

/** A number with its interval. */
function effect(what: string, interval: Interval): Figure {
  const range = intervalInWords(interval);
  return { what, value: numberInWords(interval.value), note: range && `95 % interval ${range}` };
}

interface Test {
  readonly pValue: number | null;
  readonly adjustedPValue: number | null;
}

/** The p-values of tests, adjusted and by themselves. */
function testsFigure(tests: readonly (Test & { readonly name: string })[]): Figure {
  const all = (of: (test: Test) => number | null) => tests.map((test) => `${test.name} ${pValue(of(test))}`).join(', ');
  const own = all((test) => test.pValue);
  return { what: 'p, adjusted', value: all((test) => test.adjustedPValue), note: `by itself ${own}` };
}

function figures(entry: Feature | Output): Html {
  const { rows, missing } = entry;
  const absent: Figure = {
    what: 'Missing',
    value: moves(share(missing.baseline), share(missing.window)),
    note: `of ${moves(count(rows.baseline), count(rows.window))} rows`,
  };
  if (entry.type === 'categorical') {
    return figureTable([
      effect('PSI', entry.psi),
      effect('Largest change of a share', entry.shareChange),
      testsFigure([{ ...entry.chiSquare, name: 'χ²' }]),
      absent,
    ]);
  }
  const { ks, baseline, window, measures, temporal } = entry;
  const deviations = measures?.wassersteinInDeviations ?? null;
  const spread = moves(numberInWords(baseline.standardDeviation), numberInWords(window.standardDeviation));
  const distance = deviations === null ? '' : `; moved by ${numberInWords(deviations)} σ (Wasserstein)`;
  const mean: Figure = {
    what: 'Mean',
    value: pairInWords(baseline.mean, window.mean, baseline.standardDeviation),
    note: `standard deviation ${spread}${distance}`,
  };
  return figureTable([
    effect('PSI', entry.psi),
    effect('Distance D', { ...ks, value: ks.statistic }),
    testsFigure([
      { ...ks, name: 'KS' },
      { ...entry.chiSquare, name: 'χ²' },
    ]),
    ...(temporal === true ? [] : [mean]),
    absent,
  ]);
}

function moves(before: string, now: string): string {
  return `${before} → ${now}`;
}
