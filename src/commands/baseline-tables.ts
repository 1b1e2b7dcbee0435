import type { Baseline, BaselineColumn } from '../baseline/baseline.ts';
import { instantInWords, numberInWords, percent } from '../drift/words.ts';
import { printable } from '../printable.ts';
import { absentRows, moments, type NumericProfile, type NumericSpec, presentRows } from '../profile/numeric.ts';
import { numericHistogram } from '../report/histograms.ts';
import type { Io } from './io.ts';
import { table, terminalWidth } from './table.ts';

/** What `baseline generate` made of each column, and what it left out and why. */
export function understoodColumns(io: Io, baseline: Baseline): string {
  const rows = baseline.columns.map((column) => {
    return [printable(column.spec.name), column.type, column.source, inBrief(column)];
  });
  return [heading(baseline), table(io, ['Column', 'Watched as', 'Type', 'Values'], rows), leftOut(io, baseline)]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A baseline as tables: moments, quantiles and histogram bars. */
export function showBaseline(io: Io, baseline: Baseline): string {
  const numeric = baseline.columns.flatMap((column) =>
    column.type === 'numeric' ? [numericRow(column.spec, column.profile)] : [],
  );
  const measured = baseline.columns.flatMap(({ type, spec, profile }) =>
    type === 'embedding'
      ? [
          numericRow(spec.cosine, profile.cosine),
          numericRow(spec.norm, profile.norm),
          numericRow(spec.residual, profile.residual),
        ]
      : [],
  );
  const others = baseline.columns
    .filter(({ type }) => type !== 'numeric')
    .map((column) => [printable(column.spec.name), column.type, inBrief(column)]);
  const parts = [heading(baseline)];
  if (numeric.length + measured.length > 0) parts.push(...numericTables(io, [...numeric, ...measured]));
  if (others.length > 0) parts.push(table(io, ['Column', 'Watched as', 'Values'], others, 100));
  parts.push(leftOut(io, baseline));
  return parts.filter((part) => part !== '').join('\n\n');
}

const NUMERIC_HEAD = ['Column', 'Mean', 'Std dev', 'Min', '5 %', 'Median', '95 %', 'Max', 'Missing', 'Histogram'];
const WIDTH = 116;

/** One table, or on a narrow terminal two. */
function numericTables(io: Io, rows: readonly (readonly string[])[]): string[] {
  const pick = (columns: readonly number[]) => {
    const [head = [], ...picked] = [NUMERIC_HEAD, ...rows].map((row) => columns.map((column) => row[column] ?? ''));
    return table(io, head, picked, 30);
  };
  if (terminalWidth(io) >= WIDTH) return [pick([...NUMERIC_HEAD.keys()])];
  return [pick([0, 1, 2, 8, 9]), pick([0, 3, 4, 5, 6, 7])];
}

function heading({ model, rows, id, createdAt, sources, fromLogs }: Baseline): string {
  if (fromLogs !== undefined) {
    const [from, to] = [fromLogs.from, fromLogs.to].map((instant) => `${instant.slice(0, 16)}Z`);
    const left = fromLogs.skipped.length === 0 ? '' : `, ${fromLogs.skipped.length} of them left out`;
    const logs = `${fromLogs.files} log files from ${from} to ${to}${left}`;
    return `Baseline ${id} of ${model.name} ${model.version}: ${rows} rows from ${logs},\nmade ${createdAt}`;
  }
  const files = sources.length === 1 ? printable(sources[0]?.name ?? '') : `${sources.length} files`;
  return `Baseline ${id} of ${model.name} ${model.version}: ${rows} rows from ${files},\nmade ${createdAt}`;
}

function leftOut(io: Io, { leftOut }: Baseline): string {
  if (leftOut.length === 0) return '';
  const rows = leftOut.map(({ name, source, reason }) => [printable(name), source, reason]);
  return `Left out:\n${table(io, ['Column', 'Type', 'Why'], rows)}`;
}

function inBrief(column: BaselineColumn): string {
  switch (column.type) {
    case 'numeric': {
      const { profile, spec } = column;
      const inWords = spec.temporal ? instantInWords : numberInWords;
      const found = moments(profile, spec);
      const range = `${inWords(profile.min ?? Number.NaN)} … ${inWords(profile.max ?? Number.NaN)}`;
      const mean = found === undefined ? '' : `, mean ${inWords(found.mean)}`;
      return `${range}${mean}${missing(absentRows(profile), presentRows(profile))}`;
    }
    case 'categorical': {
      const { profile, spec } = column;
      const present = profile.counts.reduce((sum, count) => sum + count, profile.rare + profile.unseen);
      const top = spec.values
        .map((value, index) => ({ value, count: profile.counts[index] ?? 0 }))
        .sort((a, b) => b.count - a.count)
        .slice(0, 3)
        .map(({ value, count }) => `${printable(value, 24)} ${percent(count / Math.max(1, present))}`);
      const known = spec.values.length + spec.rare.length;
      const size = `${spec.complete ? '' : 'more than '}${known} ${known === 1 ? 'value' : 'values'}`;
      return `${size}: ${top.join(', ')}${missing(profile.missing, present)}`;
    }
    case 'embedding': {
      const { profile, spec } = column;
      const inside = spec.variances.reduce((sum, variance) => sum + variance, 0) / spec.totalVariance;
      const along = spec.variances.length;
      const components = along === 0 ? '' : `, ${percent(inside)} of the variance along ${along} components`;
      return `${spec.dimension} dimensions${components}${missing(profile.missing + profile.unusable, profile.rows)}`;
    }
  }
}

function missing(absent: number, present: number): string {
  return absent === 0 ? '' : `, ${percent(absent / (absent + present))} missing`;
}

function numericRow(spec: NumericSpec, profile: NumericProfile): string[] {
  const inWords = spec.temporal ? (value: number) => instantInWords(value).slice(0, 16) : numberInWords;
  const found = moments(profile, spec);
  const absent = absentRows(profile);
  const quantiles = [0.05, 0.5, 0.95].map((share) => inWords(quantile(spec, profile, share)));
  return [
    printable(spec.name),
    inWords(found?.mean ?? Number.NaN),
    found === undefined ? 'unknown' : numberInWords(found.deviation),
    inWords(profile.min ?? Number.NaN),
    ...quantiles,
    inWords(profile.max ?? Number.NaN),
    percent(absent / Math.max(1, absent + presentRows(profile))),
    bars(numericHistogram(spec, profile, profile).baseline),
  ];
}

/** The upper edge of the cell in which the ECDF reaches `share`. */
function quantile({ grid }: NumericSpec, profile: NumericProfile, share: number): number {
  const { edges } = grid;
  const total = profile.counts.reduce((sum, count) => sum + count, profile.below + profile.above);
  let cumulative = profile.below;
  for (let cell = 0; cell < profile.counts.length; cell++) {
    cumulative += profile.counts[cell] ?? 0;
    if (cumulative >= share * total && cumulative > 0) return edges[cell] ?? Number.NaN;
  }
  return edges.at(-1) ?? Number.NaN;
}

const BARS = '▁▂▃▄▅▆▇█';

function bars(counts: readonly number[]): string {
  const largest = Math.max(1, ...counts);
  return counts
    .map((count) => (count === 0 ? ' ' : (BARS[Math.min(7, Math.floor((count / largest) * 8))] ?? ' ')))
    .join('');
}
