import { EMBEDDING_MEASURES } from '../drift/measure-names.ts';
import { numberInWords, percent, pValueInWords } from '../drift/words.ts';
import { printable } from '../printable.ts';
import type { Report } from '../report/schema.ts';
import { VERDICT } from '../report/words.ts';
import type { Io } from './io.ts';
import { painter, table } from './table.ts';

export type EmbeddingEntry = Report['embeddings'][number];

const REASON_LENGTH = 200;
const NAME_LENGTH = 100;

/** Everything that a report says about an embedding, for people. */
export function embeddingDetails(io: Io, entry: EmbeddingEntry): string {
  const { measures, rows, shift } = entry;
  const title = painter(io)(
    'bold',
    `${printable(entry.name)} (embedding, ${entry.dimension} dimensions): ${VERDICT[entry.verdict]}`,
  );
  const whole = [
    ['rows', `${rows.baseline} → ${rows.window}`, 'of the training data and of the window'],
    ...(shift === undefined
      ? []
      : [
          [
            'shift',
            numberInWords(shift.inSpreads),
            "distance of the mean vectors in units of the training data's spread",
          ],
          ['outside', percent(shift.outside), 'of its square lies outside of the subspace of the components'],
          ['explained', share(shift.explainedVariance), "of the training data's variance lies in that subspace"],
        ]),
  ];
  const measured = [
    ['cosine to the centroid', measures.cosineToCentroid] as const,
    ...(measures.norm === null ? [] : [['norm', measures.norm] as const]),
    ...(measures.residual === undefined ? [] : [['distance from the subspace', measures.residual] as const]),
  ].map(([name, { psi, ks }]) => [
    name,
    numberInWords(psi.value),
    numberInWords(ks.statistic),
    pValueInWords(ks.adjustedPValue),
  ]);
  const parts = [
    [title, ...entry.reasons.map((reason) => `  ${printable(reason, REASON_LENGTH)}`)].join('\n'),
    table(io, ['Measure', 'Value', 'What it is'], whole, 110),
    table(io, ['Each row', 'PSI', 'KS', 'Evidence'], measured),
    components(io, entry),
    statistics(io, entry),
    examples(io, entry),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function share(value: number | null): string {
  return value === null ? 'unknown' : percent(value);
}

/** Those that moved, by their share of the shift; where none has, the first ones. */
function components(io: Io, { components = [] }: EmbeddingEntry): string {
  const moved = components.filter((component) => component.moved);
  const shown = moved.length > 0 ? moved : components.slice(0, 5);
  if (shown.length === 0) return '';
  const rows = shown
    .toSorted((a, b) => (b.shareOfShift ?? 0) - (a.shareOfShift ?? 0))
    .map(({ component, explainedVariance, shareOfShift, psi, ks, kullbackLeibler, jensenShannon }) => [
      String(component),
      share(explainedVariance),
      share(shareOfShift),
      numberInWords(psi.value),
      numberInWords(ks.statistic),
      numberInWords(kullbackLeibler),
      numberInWords(jensenShannon),
      pValueInWords(ks.adjustedPValue),
    ]);
  const caption = `${moved.length} of ${components.length} components moved${moved.length === 0 ? '; the first of them' : ''}:`;
  const head = ['Component', 'Variance', 'Of the shift', 'PSI', 'KS', 'KL', 'JS', 'Evidence'];
  return `${caption}\n${table(io, head, rows)}`;
}

function statistics(io: Io, { statistics = [] }: EmbeddingEntry): string {
  if (statistics.length === 0) return '';
  const rows = statistics.map(({ name, value, nullQuantile, pValue, effect }) => [
    name,
    numberInWords(value),
    numberInWords(nullQuantile),
    pValueInWords(pValue),
    numberInWords(effect),
    EMBEDDING_MEASURES[name],
  ]);
  return `As a whole (no verdict uses these):\n${table(io, ['Measure', 'Value', '95 % of null', 'p', 'Effect', 'What it is'], rows, 110)}`;
}

/** The rows that are least and most like the training data; empty where none has a name. */
export function examples(io: Io, { examples }: EmbeddingEntry): string {
  if (examples === undefined) return '';
  const rows = [
    ...examples.leastAlike.map((example) => ['least', ...shown(example)]),
    ...examples.mostAlike.map((example) => ['most', ...shown(example)]),
  ];
  const caption = `Rows least and most like the training data, of ${examples.rows} sampled:`;
  return `${caption}\n${table(io, ['Alike', 'Distance', 'Row'], rows, NAME_LENGTH)}`;
}

function shown({ name, distance }: { readonly name: string; readonly distance: number | null }): string[] {
  return [numberInWords(distance), printable(name.replaceAll(/\s+/g, ' '), NAME_LENGTH)];
}
