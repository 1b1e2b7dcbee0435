import { EMBEDDING_MEASURES } from '../../drift/measure-names.ts';
import { numberInWords } from '../../drift/words.ts';
import { printable } from '../../printable.ts';
import type { Report } from '../schema.ts';
import type { Embedding } from '../signals.ts';
import { count, pValue } from '../words.ts';
import { type Html, html } from './markup.ts';
import { numericChart } from './numeric-chart.ts';
import { figureLine, figureTable, psiLine, reasonList } from './signal-card.ts';
import type { Point } from './sparkline.ts';
import { named, share, verdictTag } from './words.ts';

export interface EmbeddingCardInput {
  readonly id: string;
  readonly entry: Embedding;
  readonly settings: Report['settings'];
  /** Of its PSI. */
  readonly history: readonly Point[] | undefined;
}

/** Components with panels of their own, those with the largest share of the shift. */
const COMPONENT_PANELS = 4;

/** Where the vectors moved: what holds for all of them, examples, and a panel for each way of looking at them. */
export function embeddingCard({ id, entry, settings, history }: EmbeddingCardInput): Html {
  const { name, verdict, reasons, rows, dimension, measures, shift } = entry;
  return html`<article class="card" id="${id}">
<div class="signal-head"><h3>${named(name)}</h3>${verdictTag(verdict)}<span class="soft">embedding, ${count(dimension)} dimensions</span></div>
${reasonList(reasons)}
<div class="pair">${figureTable([
    { what: 'p, all tests', value: pValue(measures.adjustedPValue), note: 'adjusted over all signals of the report' },
    {
      what: 'Centroids',
      value: numberInWords(measures.centroidCosineDistance),
      note: `cosine distance of the means${shift === undefined ? '' : `; moved by ${numberInWords(shift.inSpreads)} of the spread`}`,
    },
    ...(shift === undefined
      ? []
      : [
          {
            what: 'Of the shift outside',
            value: share(shift.outside),
            note: 'of the subspace of the components: what is new to the training data',
          },
        ]),
    { what: 'Rows', value: `${count(rows.baseline)} → ${count(rows.window)}` },
  ])}${psiLine(history, entry, settings)}</div>
${examplesPart(entry)}
<div class="panels">${panelsOf(entry).map((panel) => panelPart(panel, entry))}</div>
${componentsPart(entry)}${statisticsPart(entry)}
</article>
`;
}

interface Panel {
  readonly title: string;
  readonly measure: Embedding['measures']['cosineToCentroid'];
}

/** What is counted on a grid: the components that moved most, then what is measured of whole vectors. */
function panelsOf({ measures, components = [] }: Embedding): Panel[] {
  const { cosineToCentroid, norm, residual } = measures;
  const moved = components
    .flatMap(({ histogram, ...component }) => (component.moved && histogram ? [{ ...component, histogram }] : []))
    .sort((a, b) => (b.shareOfShift ?? 0) - (a.shareOfShift ?? 0))
    .slice(0, COMPONENT_PANELS);
  return [
    ...moved.map((measure) => ({
      title: `Component ${measure.component}: ${share(measure.shareOfShift)} of the shift`,
      measure,
    })),
    { title: 'Cosine to the centroid of the training data', measure: cosineToCentroid },
    ...(norm === null ? [] : [{ title: 'Norm', measure: norm }]),
    ...(residual === undefined ? [] : [{ title: 'Distance from the subspace of the components', measure: residual }]),
  ];
}

function panelPart({ title, measure }: Panel, { name, rows }: Embedding): Html {
  const { psi, ks, histogram } = measure;
  const label = `${title} of ${printable(name, 120)}: shares of the rows in the training data and in the window`;
  const { adjustedPValue } = ks;
  return html`<div><h4>${title}</h4>
<figure>${numericChart({ histogram, rows, label })}</figure>
${figureLine({ psi, distance: { ...ks, value: ks.statistic }, distanceName: 'D', adjustedPValue })}</div>
`;
}

/** The rows themselves say what a direction means. */
function examplesPart({ examples }: Embedding): Html | undefined {
  if (examples === undefined) return undefined;
  const list = (title: string, rows: typeof examples.leastAlike) =>
    html`<div><h4>${title}</h4><ol class="reasons">${rows.map(
      ({ name, distance }) => html`<li>${named(name)} <span class="soft">(${numberInWords(distance)})</span></li>`,
    )}</ol></div>`;
  return html`<div class="pair">${list('Least like the training data', examples.leastAlike)}${list('Most like it', examples.mostAlike)}</div>
<p class="small soft">Of ${count(examples.rows)} sampled rows; in brackets the distance from the nearest training rows, in units of their distance from one another.</p>`;
}

function componentsPart({ components = [] }: Embedding): Html | undefined {
  if (components.length === 0) return undefined;
  const moved = components.filter((component) => component.moved).length;
  const head = ['Variance', 'Of the shift', 'PSI', 'D', 'KL', 'JS', 'p'];
  return html`<details><summary>All ${count(components.length)} components, ${count(moved)} of which moved</summary>
<div class="scroll" tabindex="0" role="group" aria-label="Components"><table><thead><tr><th scope="col">Component</th>${head.map(
    (title) => html`<th scope="col" class="num">${title}</th>`,
  )}</tr></thead>
<tbody>${components.map((one) => {
    const figures = [
      share(one.explainedVariance),
      share(one.shareOfShift),
      numberInWords(one.psi.value),
      numberInWords(one.ks.statistic),
      numberInWords(one.kullbackLeibler),
      numberInWords(one.jensenShannon),
      pValue(one.ks.adjustedPValue),
    ];
    return html`<tr><th scope="row">${one.component}${one.moved ? ' (moved)' : ''}</th>${figures.map((figure) => html`<td class="num">${figure}</td>`)}</tr>`;
  })}</tbody></table></div></details>`;
}

function statisticsPart({ statistics = [] }: Embedding): Html | undefined {
  if (statistics.length === 0) return undefined;
  const head = ['Value', '95 % of null', 'p', 'Effect'];
  return html`<details><summary>As a whole, beside what the verdict is made of</summary>
<div class="scroll" tabindex="0" role="group" aria-label="Measures of the embedding as a whole"><table><thead><tr><th scope="col">Measure</th>${head.map(
    (title) => html`<th scope="col" class="num">${title}</th>`,
  )}</tr></thead>
<tbody>${statistics.map(
    ({ name, value, nullQuantile, pValue: p, effect: size }) =>
      html`<tr><th scope="row">${name}<small class="soft"> ${EMBEDDING_MEASURES[name]}</small></th>${[numberInWords(value), numberInWords(nullQuantile), pValue(p), numberInWords(size)].map((figure) => html`<td class="num">${figure}</td>`)}</tr>`,
  )}</tbody></table></div></details>`;
}
