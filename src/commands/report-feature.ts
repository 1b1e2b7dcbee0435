import { didYouMean } from '../config/did-you-mean.ts';
import { SHARE_MEASURES, VALUE_MEASURES } from '../drift/measure-names.ts';
import { numberInWords, percent, pValueInWords } from '../drift/words.ts';
import { UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import type { Report } from '../report/schema.ts';
import { VERDICT } from '../report/words.ts';
import type { Io } from './io.ts';
import { type EmbeddingEntry, embeddingDetails } from './report-embedding.ts';
import { painter, table } from './table.ts';

type FeatureEntry = Report['features'][number] | Report['outputs'][number];

/** A feature, output or embedding of a report by its name; throws `UsageError` where there is none. */
export function featureOf(report: Report, name: string): FeatureEntry | EmbeddingEntry {
  const all = [...report.features, ...report.outputs, ...report.embeddings];
  const found = all.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const names = all.map((entry) => entry.name);
  throw new UsageError([
    `--feature ${name}: the report has no such feature, output or embedding${didYouMean(name, names)}`,
  ]);
}

interface Interval {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Everything that a report says about one of them, for people. */
export function featureDetails(io: Io, entry: FeatureEntry | EmbeddingEntry): string {
  if ('dimension' in entry) return embeddingDetails(io, entry);
  const paint = painter(io);
  const title = `${printable(entry.name)} (${entry.type}): ${VERDICT[entry.verdict]}`;
  const reasons = entry.reasons.map((reason) => `  ${printable(reason, 200)}`);
  return [
    [paint('bold', title), ...reasons].join('\n'),
    table(io, ['Measure', 'Value', 'What it is'], rows(entry), 110),
  ].join('\n\n');
}

function rows(entry: FeatureEntry): string[][] {
  const { psi, chiSquare, missing } = entry;
  return [
    ['rows', `${entry.rows.baseline} → ${entry.rows.window}`, 'of the training data and of the window'],
    ['psi', numberInWords(psi.value), `population stability index${interval(psi)}`],
    ...(entry.type === 'numeric'
      ? [
          [
            'ks',
            numberInWords(entry.ks.statistic),
            `Kolmogorov-Smirnov distance${interval({ ...entry.ks, value: entry.ks.statistic })}; ${test(entry.ks)}`,
          ],
        ]
      : [
          [
            'shareChange',
            numberInWords(entry.shareChange.value),
            `largest change of a share${interval(entry.shareChange)}`,
          ],
        ]),
    ['chiSquare', numberInWords(chiSquare.statistic), `χ² of homogeneity; ${test(chiSquare)}`],
    ['missing', `${share(missing.baseline)} → ${share(missing.window)}`, 'share of the rows'],
    ...described(SHARE_MEASURES, entry.measures),
    ...(entry.type === 'numeric' ? described(VALUE_MEASURES, entry.measures) : []),
  ];
}

function described<Name extends string>(
  registry: Readonly<Record<Name, string>>,
  values: Readonly<Record<NoInfer<Name>, number | null>> | undefined,
): string[][] {
  if (values === undefined) return [];
  const names = Object.keys(registry) as Name[];
  return names.map((name) => [name, numberInWords(values[name]), registry[name]]);
}

function interval({ value, lower, upper }: Interval): string {
  if (lower === null || upper === null) return '';
  const why = value !== null && (value < lower || value > upper) ? ' (corrected for chance, the value is not)' : '';
  return `, 95 % interval ${numberInWords(lower)} – ${numberInWords(upper)}${why}`;
}

function test({ pValue, adjustedPValue }: { pValue: number | null; adjustedPValue: number | null }): string {
  return `${pValueInWords(pValue)}, adjusted ${pValueInWords(adjustedPValue)}`;
}

function share(value: number | null): string {
  return value === null ? 'unknown' : percent(value);
}
