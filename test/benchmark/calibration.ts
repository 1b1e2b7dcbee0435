/**
 * Do verdicts keep their promises? False alarms, power and the coverage of intervals, measured on whole reports of 50 mixed
 * columns whose true distributions are known, judged by the code that judges real windows. Seeded: the same table each time.
 *
 * node test/benchmark/calibration.ts [--quick] [--json]
 */
import type { Baseline } from '../../src/baseline/baseline.ts';
import type { Judgement } from '../../src/config/settings.ts';
import { type Judged, judge } from '../../src/drift/judge.ts';
import type { CategoricalProfile } from '../../src/profile/categorical.ts';
import type { NumericProfile } from '../../src/profile/numeric.ts';
import type { ColumnProfile, Profile } from '../../src/profile/profile.ts';
import { emptyProfile } from '../../src/profile/profile.ts';
import { uniform } from '../../src/statistics/random.ts';
import { baselineOf, judgementOf, windowOf } from '../drift/in-memory.ts';
import { type CoverageCell, measureCoverage } from './calibration-coverage.ts';
import { type Column, cdfOf, drawRows, KINDS, type Kind, mixedColumns, moved, multinomial } from './population.ts';

export interface FalseAlarmCell {
  readonly baselineRows: number;
  readonly windowRows: number;
  readonly reports: number;
  /** Reports with any signal of verdict `minor` or `drift`, or an alert. */
  readonly alarms: number;
  /** Reports whose drift score is above 0. */
  readonly scored: number;
}

export interface PowerCell {
  readonly kind: Kind;
  readonly sigmas: number;
  readonly baselineRows: number;
  readonly windowRows: number;
  readonly reports: number;
  /** Reports that call the moved column `minor` or `drift`, and those that call it `drift`. */
  readonly found: number;
  readonly drift: number;
  /** The largest p-value, adjusted, that the moved column had. */
  readonly largestPValue: number;
}

export interface Calibration {
  readonly falseAlarms: readonly FalseAlarmCell[];
  readonly power: readonly PowerCell[];
  readonly coverage: readonly CoverageCell[];
  /** To judge a report of 50 columns: median. */
  readonly judgeMilliseconds: number;
}

/** From here on windows are drawn as multinomial counts of the true cell masses, columns independent of each other. */
const MULTINOMIAL_ROWS = 100_000;

interface Size {
  readonly baselineRows: readonly number[];
  readonly windowRows: readonly number[];
  /** Baselines of each size, and windows judged by each of them. */
  readonly baselines: number;
  readonly windows: number;
  readonly power: readonly PowerQuestion[];
  readonly powerBaselines: number;
  readonly powerWindows: number;
  readonly coverageRuns: number;
}

interface PowerQuestion {
  readonly sigmas: number;
  readonly baselineRows: number;
  readonly windowRows: number;
}

const FULL: Size = {
  baselineRows: [300, 2_000, 20_000],
  windowRows: [100, 200, 500, 1_000, 10_000, 1_000_000],
  // Windows judged by one baseline share its luck: many of them would measure that instead.
  baselines: 200,
  windows: 10,
  power: [
    { sigmas: 0.5, baselineRows: 2_000, windowRows: 500 },
    { sigmas: 0.5, baselineRows: 20_000, windowRows: 500 },
    { sigmas: 0.35, baselineRows: 20_000, windowRows: 2_000 },
  ],
  powerBaselines: 20,
  powerWindows: 20,
  coverageRuns: 2_000,
};

const QUICK: Size = {
  baselineRows: [300, 2_000],
  windowRows: [100, 500, 1_000_000],
  baselines: 10,
  windows: 10,
  power: [{ sigmas: 0.5, baselineRows: 2_000, windowRows: 500 }],
  powerBaselines: 3,
  powerWindows: 5,
  coverageRuns: 40,
};

export function calibrate({ quick = false, seed = 1 } = {}): Calibration {
  const size = quick ? QUICK : FULL;
  const random = uniform(seed);
  const columns = mixedColumns();
  const judgement = judgementOf();
  const times: number[] = [];
  const falseAlarms = size.baselineRows.flatMap((baselineRows) => {
    const cells = size.windowRows.map((windowRows) => ({ baselineRows, windowRows, reports: 0, alarms: 0, scored: 0 }));
    for (let run = 0; run < size.baselines; run++) {
      const baseline = baselineOf(drawRows(columns, baselineRows, random));
      for (const cell of cells) {
        const draw = windowsOf(baseline, columns, cell.windowRows, random);
        for (let window = 0; window < size.windows; window++) {
          const profile = draw();
          const start = performance.now();
          const { signals, driftScore } = judge(baseline, profile, judgement);
          times.push(performance.now() - start);
          cell.reports += 1;
          const alarmed =
            driftScore >= judgement.scoreCriticalThreshold || signals.some(({ verdict }) => isAlarm(verdict));
          if (alarmed) cell.alarms += 1;
          if (driftScore > 0) cell.scored += 1;
        }
      }
    }
    return cells;
  });
  const power = size.power.flatMap((question) => measurePower(question, size, judgement, random));
  if (!quick) power.push(measureUnimportant(judgement, random));
  times.sort((a, b) => a - b);
  return {
    falseAlarms,
    power,
    coverage: measureCoverage(size.coverageRuns, random),
    judgeMilliseconds: times[times.length >> 1] ?? Number.NaN,
  };
}

function isAlarm(verdict: string): boolean {
  return verdict === 'minor' || verdict === 'drift';
}

/** Draws windows of the columns, judged by the baseline. */
function windowsOf(baseline: Baseline, columns: readonly Column[], rows: number, random: () => number): () => Profile {
  if (rows < MULTINOMIAL_ROWS) return () => windowOf(baseline, drawRows(columns, rows, random));
  const empty = emptyProfile(baseline.columns.map(({ spec }) => spec));
  const masses = columns.map((column, index) => trueMasses(column, empty.columns[index]));
  return () => ({
    rows,
    columns: empty.columns.map((profile, index) => withCounts(profile, multinomial(masses[index] ?? [], rows, random))),
  });
}

/** Numeric: of the cells with the outside at both ends. Categorical: of the counted values, the rare, the unseen. */
export function trueMasses({ shape }: Column, profile: ColumnProfile | undefined): Float64Array {
  if (profile?.type === 'numeric') {
    const cdf = cdfOf(shape);
    const { edges } = profile.spec.grid;
    // The smallest value's cell is that value alone: what lies below it is outside.
    const cumulative = [below(edges[0] ?? 0), ...edges].map(cdf);
    return Float64Array.from([...cumulative, 1], (share, cell) => Math.max(0, share - (cumulative[cell - 1] ?? 0)));
  }
  if (profile?.type !== 'categorical' || shape.type !== 'categorical') throw new Error('a column of another kind');
  const left = new Map(shape.values.map((value, index) => [value, shape.shares[index] ?? 0]));
  const take = (value: string) => {
    const share = left.get(value) ?? 0;
    left.delete(value);
    return share;
  };
  const counted = profile.spec.values.map(take);
  const rare = profile.spec.rare.map(take).reduce((sum, share) => sum + share, 0);
  return Float64Array.of(
    ...counted,
    rare,
    [...left.values()].reduce((sum, share) => sum + share, 0),
  );
}

function below(value: number): number {
  return value - Math.abs(value) * Number.EPSILON - Number.MIN_VALUE;
}

function withCounts(profile: ColumnProfile, counts: Float64Array): NumericProfile | CategoricalProfile {
  if (profile.type === 'numeric') {
    return { ...profile, below: counts[0] ?? 0, counts: counts.slice(1, -1), above: counts.at(-1) ?? 0 };
  }
  if (profile.type !== 'categorical') throw new Error('embeddings have no cells');
  return { ...profile, counts: counts.slice(0, -2), rare: counts.at(-2) ?? 0, unseen: counts.at(-1) ?? 0 };
}

/** For each kind, one column of 50 moves, each of the kind in turn. Those of 0.35 σ are numeric, or two-valued of 30–70 %. */
function measurePower(question: PowerQuestion, size: Size, judgement: Judgement, random: () => number): PowerCell[] {
  const columns = mixedColumns();
  const isEasy = question.sigmas >= 0.5;
  const kinds = KINDS.filter((kind) => isEasy || kind !== 'categorical').map((kind) => ({
    cell: noReports(kind, question),
    candidates: columns.filter(
      ({ kind: own, shape }) =>
        own === kind && (isEasy || shape.type === 'numeric' || Math.min(...shape.shares) >= 0.3),
    ),
  }));
  for (let run = 0; run < size.powerBaselines; run++) {
    const baseline = baselineOf(drawRows(columns, question.baselineRows, random));
    for (const { cell, candidates } of kinds) {
      for (let window = 0; window < size.powerWindows; window++) {
        const one = candidates[cell.reports % candidates.length];
        const now = columns.map((column) => (column === one ? moved(column, question.sigmas) : column));
        const { signals } = judge(baseline, windowOf(baseline, drawRows(now, question.windowRows, random)), judgement);
        note(
          cell,
          signals.find(({ column }) => column.spec.name === one?.name),
        );
      }
    }
  }
  return kinds.map(({ cell }) => cell);
}

type Counted = { -readonly [Key in keyof PowerCell]: PowerCell[Key] };

function noReports(kind: Kind, question: PowerQuestion): Counted {
  return { kind, ...question, reports: 0, found: 0, drift: 0, largestPValue: 0 };
}

function note(cell: Counted, signal: Judged | undefined): void {
  if (signal === undefined) throw new Error('the moved column was not judged');
  cell.reports += 1;
  if (isAlarm(signal.verdict)) cell.found += 1;
  if (signal.verdict === 'drift') cell.drift += 1;
  cell.largestPValue = Math.max(cell.largestPValue, signal.adjustedPValue);
}

/** A shift of 0.02 σ between a million rows and a million: significant and unimportant. */
function measureUnimportant(judgement: Judgement, random: () => number): PowerCell {
  const columns = mixedColumns().slice(0, 1);
  const rows = 1_000_000;
  const cell = noReports('normal', { sigmas: 0.02, baselineRows: rows, windowRows: rows });
  const baseline = baselineOf(drawRows(columns, rows, random));
  const now = columns.map((column) => moved(column, cell.sigmas));
  const draw = windowsOf(baseline, now, rows, random);
  for (let run = 0; run < 50; run++) note(cell, judge(baseline, draw(), judgement).signals[0]);
  return cell;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(2)} %`.padStart(9);
}

export function print({ falseAlarms, power, coverage, judgeMilliseconds }: Calibration): void {
  console.log('No drift: reports of 50 columns that raise anything (bar: 1 %), and with a drift score above 0');
  console.log('baseline     window  reports     alarms   score>0');
  for (const cell of falseAlarms) {
    const sizes =
      `${cell.baselineRows}`.padStart(8) + `${cell.windowRows}`.padStart(11) + `${cell.reports}`.padStart(9);
    console.log(sizes, percent(cell.alarms, cell.reports), percent(cell.scored, cell.reports));
  }
  console.log('\nOne of 50 columns moved: reports that find it (bar: 95 %), and that call it drift');
  console.log('kind          sigma  baseline     window  reports      found     drift  largest p');
  for (const cell of power) {
    const what = cell.kind.padEnd(13) + `${cell.kind === 'categorical' ? '+15 pt' : cell.sigmas}`.padStart(6);
    const sizes =
      `${cell.baselineRows}`.padStart(10) + `${cell.windowRows}`.padStart(11) + `${cell.reports}`.padStart(9);
    console.log(
      what + sizes,
      percent(cell.found, cell.reports),
      percent(cell.drift, cell.reports),
      cell.largestPValue.toExponential(1),
    );
  }
  console.log('\n95 % intervals that cover the truth (bar: 92–98 %)');
  console.log('kind          sigma  baseline     window     runs        PSI         D');
  for (const cell of coverage) {
    const what = cell.kind.padEnd(13) + `${cell.sigmas}`.padStart(6);
    const sizes = `${cell.baselineRows}`.padStart(10) + `${cell.windowRows}`.padStart(11) + `${cell.runs}`.padStart(9);
    console.log(what + sizes, percent(cell.psi, cell.runs), percent(cell.distance, cell.runs));
  }
  console.log(`\nJudging a report of 50 columns: ${judgeMilliseconds.toFixed(1)} ms (median)`);
}
