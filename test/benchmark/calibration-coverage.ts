import { binCounts, stabilityBins } from '../../src/drift/bins.ts';
import { measureNumeric } from '../../src/drift/measure-numeric.ts';
import { orderedCounts } from '../../src/profile/numeric.ts';
import { ksStatistic } from '../../src/statistics/kolmogorov-smirnov.ts';
import { populationStabilityIndex } from '../../src/statistics/psi.ts';
import { baselineOf, windowOf } from '../drift/in-memory.ts';
import { trueMasses } from './calibration.ts';
import { type Column, drawRows, type Kind, mixedColumns, moved } from './population.ts';

export interface CoverageCell {
  readonly kind: Kind;
  readonly sigmas: number;
  readonly baselineRows: number;
  readonly windowRows: number;
  readonly runs: number;
  /** Runs whose 95 % interval covers the true value, of the true distributions on the baseline's own bins. */
  readonly psi: number;
  readonly distance: number;
}

const KINDS_OF_COVERAGE: readonly Kind[] = ['normal', 'log-normal', 't3', 'integer'];
const SIGMAS = [0.2, 0.5, 1];
const ROWS = [
  { baselineRows: 500, windowRows: 500 },
  { baselineRows: 2_000, windowRows: 500 },
  { baselineRows: 500, windowRows: 10_000 },
  { baselineRows: 20_000, windowRows: 2_000 },
];

export function measureCoverage(runs: number, random: () => number): CoverageCell[] {
  const columns = mixedColumns();
  return KINDS_OF_COVERAGE.flatMap((kind) => {
    const column = columns.find((candidate) => candidate.kind === kind);
    if (column === undefined) return [];
    return SIGMAS.flatMap((sigmas) => ROWS.map((rows) => coverageOf(column, sigmas, rows, runs, random)));
  });
}

function coverageOf(
  column: Column,
  sigmas: number,
  { baselineRows, windowRows }: (typeof ROWS)[number],
  runs: number,
  random: () => number,
): CoverageCell {
  const cell = { kind: column.kind, sigmas, baselineRows, windowRows, runs, psi: 0, distance: 0 };
  const now = moved(column, sigmas);
  for (let run = 0; run < runs; run++) {
    const baseline = baselineOf(drawRows([column], baselineRows, random));
    const [before] = baseline.columns;
    const [window] = windowOf(baseline, drawRows([now], windowRows, random)).columns;
    if (before?.type !== 'numeric' || window?.type !== 'numeric') throw new Error('a numeric column is expected');
    const { psi, distance } = measureNumeric(before.profile, window);
    const truth = [trueMasses(column, before.profile), trueMasses(now, before.profile)] as const;
    const bins = openBins(orderedCounts(before.profile));
    const truePsi = populationStabilityIndex(binCounts(truth[0], bins), binCounts(truth[1], bins));
    if (covers(psi, truePsi)) cell.psi += 1;
    if (covers(distance, ksStatistic(...truth))) cell.distance += 1;
  }
  return cell;
}

/** The baseline's deciles without tails of their own, as intervals are made on. */
function openBins(counts: Float64Array) {
  const bins = stabilityBins(counts);
  return bins
    .filter(({ tail }) => !tail)
    .map((bin, index, inner) => ({
      ...bin,
      from: index === 0 ? 0 : bin.from,
      to: index === inner.length - 1 ? counts.length : bin.to,
    }));
}

function covers({ lower, upper }: { lower: number | null; upper: number | null }, truth: number): boolean {
  return (lower ?? Number.POSITIVE_INFINITY) <= truth && truth <= (upper ?? Number.NEGATIVE_INFINITY);
}
