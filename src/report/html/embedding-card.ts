import { numberInWords } from '../../drift/words.ts';
import type { Report } from '../schema.ts';
import type { Embedding } from '../signals.ts';
import { count, pValue } from '../words.ts';
import { type Html, html } from './markup.ts';
import { numericChart } from './numeric-chart.ts';
import { effect, figureTable, movedTable, reasonList, testsFigure } from './signal-card.ts';
import { type Point, sparkline } from './sparkline.ts';
import { named, verdictTag } from './words.ts';

export interface EmbeddingCardInput {
  readonly id: string;
  readonly entry: Embedding;
  readonly settings: Report['settings'];
  /** Of its PSI. */
  readonly history: readonly Point[] | undefined;
}

/** One panel for each way of looking at the vectors, under what holds for all of them. */
export function embeddingCard({ id, entry, settings, history }: EmbeddingCardInput): Html {
  const { name, verdict, reasons, rows, dimension, measures } = entry;
  return html`<article class="card" id="${id}">
<div class="signal-head"><h3>${named(name)}</h3>${verdictTag(verdict)}<span class="soft">embedding, ${count(dimension)} dimensions</span></div>
${reasonList(reasons)}
<div class="pair">${figureTable([
    { what: 'p, all tests', value: pValue(measures.adjustedPValue), note: 'adjusted over all signals of the report' },
    { what: 'Centroids', value: numberInWords(measures.centroidCosineDistance), note: 'cosine distance of the means' },
    { what: 'Rows', value: `${count(rows.baseline)} → ${count(rows.window)}` },
  ])}${history && sparkline({ what: 'PSI', points: history, threshold: settings.psiThreshold })}</div>
${panelsOf(measures).map((panel) => panelPart(panel, entry))}
</article>
`;
}

type Measure = Embedding['measures']['cosineToCentroid'];

interface Panel {
  readonly title: string;
  readonly measure: Measure;
}

/** Everything that is counted on a grid. */
function panelsOf({ cosineToCentroid, norm }: Embedding['measures']): Panel[] {
  return [
    { title: 'Cosine to the centroid of the training data', measure: cosineToCentroid },
    ...(norm === null ? [] : [{ title: 'Norm', measure: norm }]),
  ];
}

function panelPart({ title, measure }: Panel, { name, rows }: Embedding): Html {
  const { psi, ks, histogram } = measure;
  const label = `${title} of ${name}: shares of the rows in the training data and in the window`;
  return html`<h4>${title}</h4>
<div class="signal"><div><figure>${numericChart({ histogram, rows, label })}</figure>${movedTable(histogram)}</div>
<div>${figureTable([
    effect('PSI', psi),
    effect('Distance D', { ...ks, value: ks.statistic }),
    testsFigure([{ ...ks, name: 'KS' }]),
  ])}</div></div>`;
}
