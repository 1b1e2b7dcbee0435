import type { Baseline } from '../../src/baseline/baseline.ts';
import { judge } from '../../src/drift/judge.ts';
import type { EmbeddingProfile } from '../../src/profile/embedding.ts';
import { normalOf, uniform } from '../../src/statistics/random.ts';
import { judgementOf } from '../drift/in-memory.ts';
import { embeddingBaseline, embeddingProfile, flatColumn } from '../drift/vectors-in-memory.ts';
import {
  drawVectors,
  POPULATIONS,
  type Population,
  type PopulationName,
  populationOf,
  windowDrawer,
} from './embedding-population.ts';

export interface EmbeddingFalseAlarms {
  readonly population: PopulationName;
  readonly dimension: number;
  readonly baselineRows: number;
  readonly windowRows: number;
  readonly reports: number;
  /** Reports with a verdict `minor` or `drift`, or an alert. */
  readonly alarms: number;
  /** Reports whose drift score is above 0. */
  readonly scored: number;
}

export interface EmbeddingPower {
  readonly question: string;
  readonly windowRows: number;
  readonly reports: number;
  /** Reports that say `minor` or `drift`, and those that say `drift`. */
  readonly found: number;
  readonly drift: number;
}

export interface EmbeddingCalibration {
  readonly falseAlarms: readonly EmbeddingFalseAlarms[];
  readonly power: readonly EmbeddingPower[];
  /** To judge one embedding: median. */
  readonly judgeMilliseconds: number;
}

interface Size {
  readonly dimensions: readonly number[];
  readonly baselineRows: readonly number[];
  readonly windowRows: readonly number[];
  readonly baselines: number;
  readonly windows: number;
  readonly powerBaselines: number;
  readonly powerWindows: number;
}

const FULL: Size = {
  dimensions: [64, 384, 768],
  baselineRows: [2_000],
  windowRows: [100, 300, 1_000, 3_000, 10_000],
  baselines: 50,
  windows: 40,
  powerBaselines: 10,
  powerWindows: 20,
};
const QUICK: Size = {
  dimensions: [64, 384],
  baselineRows: [2_000],
  windowRows: [100, 1_000, 10_000],
  baselines: 10,
  windows: 20,
  powerBaselines: 2,
  powerWindows: 10,
};

export function calibrateEmbeddings({ quick = false, seed = 1 } = {}): EmbeddingCalibration {
  const size = quick ? QUICK : FULL;
  const random = uniform(seed);
  const times: number[] = [];
  const falseAlarms = POPULATIONS.flatMap((population) =>
    size.dimensions.flatMap((dimension) =>
      size.baselineRows.flatMap((baselineRows) =>
        countFalseAlarms(size, { population, dimension, baselineRows }, random, times),
      ),
    ),
  );
  const power = QUESTIONS.map((question) => measurePower(size, question, random));
  return { falseAlarms, power, judgeMilliseconds: times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN };
}

function countFalseAlarms(
  size: Size,
  kind: Pick<EmbeddingFalseAlarms, 'population' | 'dimension' | 'baselineRows'>,
  random: () => number,
  times: number[],
): EmbeddingFalseAlarms[] {
  const cells = size.windowRows.map((windowRows) => ({ ...kind, windowRows, reports: 0, alarms: 0, scored: 0 }));
  for (let run = 0; run < size.baselines; run++) {
    const population = populationOf(kind.population, kind.dimension, random);
    const baseline = baselineFrom(population, kind.baselineRows, random);
    const [column] = baseline.columns;
    if (column?.type !== 'embedding') throw new Error('no embedding');
    const draw = windowDrawer(column.spec, population, random);
    for (const cell of cells) {
      for (let window = 0; window < size.windows; window++) {
        const profile = draw(cell.windowRows);
        const start = performance.now();
        const { verdict, score } = judged(baseline, profile);
        times.push(performance.now() - start);
        cell.reports += 1;
        if (isAlarm(verdict) || score >= judgement.scoreCriticalThreshold) cell.alarms += 1;
        if (score > 0) cell.scored += 1;
      }
    }
  }
  return cells;
}

const judgement = judgementOf();

function baselineFrom(population: Population, rows: number, random: () => number): Baseline {
  const column = embeddingBaseline(
    'e',
    flatColumn(drawVectors(population, rows, random), population.dimension),
    population.dimension,
  );
  const model = { name: 'm', version: 'v1' };
  const made = { createdAt: '2025-01-01T00:00:00Z', sources: [], leftOut: [] };
  return { id: '0'.repeat(16), model, ...made, rows, columns: [column] };
}

function judged(baseline: Baseline, window: EmbeddingProfile) {
  const rows = window.rows + window.missing + window.unusable;
  const { signals, driftScore } = judge(baseline, { rows, columns: [window] }, judgement);
  return { verdict: signals[0]?.verdict ?? 'none', score: driftScore };
}

function isAlarm(verdict: string): boolean {
  return verdict === 'minor' || verdict === 'drift';
}

interface Question {
  readonly words: string;
  readonly population: PopulationName;
  readonly windowRows: number;
  /** The window's vectors, from some without drift. */
  readonly change: (vectors: Float32Array<ArrayBuffer>, truth: Truth, random: () => number) => void;
}

/** What is asked about, as the training rows have it. */
interface Truth {
  readonly population: Population;
  readonly mean: Float64Array;
  /** The first two components. */
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Root of the summed variances. */
  readonly spread: number;
}

const POWER_DIMENSION = 384;
const POWER_BASELINE_ROWS = 5_000;

const shifted = (population: PopulationName): Question => ({
  words: `${population}: centroid moved by 0.25 of the spread along the first component`,
  population,
  windowRows: 1_000,
  change: (vectors, { first, spread }) => {
    for (let at = 0; at < vectors.length; at++) vectors[at]! += 0.25 * spread * first[at % first.length]!;
  },
});

const wider = (population: PopulationName): Question => ({
  words: `${population}: spread about the centroid × √1.3`,
  population,
  windowRows: 1_000,
  change: (vectors, { mean }) => {
    for (let at = 0; at < vectors.length; at++) {
      const centre = mean[at % mean.length]!;
      vectors[at] = centre + Math.sqrt(1.3) * (vectors[at]! - centre);
    }
  },
});

const newCluster = (population: PopulationName): Question => ({
  words: `${population}: a new cluster, 5 % of the rows`,
  population,
  windowRows: 2_000,
  change: (vectors, { population: { dimension, noise, onSphere }, spread }, random) => {
    const normal = normalOf(random);
    const other = populationOf('mixture of 20', dimension, random);
    const rows = vectors.length / dimension;
    const fresh = drawVectors(
      { dimension, centres: other.centres.slice(0, dimension), noise, onSphere: false },
      Math.round(0.05 * rows),
      random,
    );
    // On the sphere the centre is a direction like any other, and the noise a third of it.
    if (onSphere) {
      const centre = Float64Array.from({ length: dimension }, normal);
      for (let at = 0; at < fresh.length; at++) fresh[at] = centre[at % dimension]! + 0.33 * normal();
      for (let row = 0; row * dimension < fresh.length; row++) {
        const vector = fresh.subarray(row * dimension, (row + 1) * dimension);
        const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
        for (let index = 0; index < dimension; index++) vector[index]! *= spread / length;
      }
    }
    vectors.set(fresh);
  },
});

const QUESTIONS: readonly Question[] = [
  ...POPULATIONS.map(shifted),
  newCluster('mixture of 20'),
  newCluster('gaussian'),
  {
    words: 'mixture of 20: rotated by 20° about the centroid in the plane of the first two components',
    population: 'mixture of 20',
    windowRows: 2_000,
    change: (vectors, { first, second, mean }) => {
      const [cos, sin] = [Math.cos(Math.PI / 9), Math.sin(Math.PI / 9)];
      const dimension = mean.length;
      for (let start = 0; start < vectors.length; start += dimension) {
        let a = 0;
        let b = 0;
        for (let index = 0; index < dimension; index++) {
          const difference = vectors[start + index]! - mean[index]!;
          a += difference * first[index]!;
          b += difference * second[index]!;
        }
        for (let index = 0; index < dimension; index++) {
          vectors[start + index]! += (a * cos - b * sin - a) * first[index]! + (a * sin + b * cos - b) * second[index]!;
        }
      }
    },
  },
  ...POPULATIONS.map(wider),
];

function measurePower(
  size: Size,
  { words, population: name, windowRows, change }: Question,
  random: () => number,
): EmbeddingPower {
  let [reports, found, drift] = [0, 0, 0];
  for (let run = 0; run < size.powerBaselines; run++) {
    const population = populationOf(name, POWER_DIMENSION, random);
    const baseline = baselineFrom(population, POWER_BASELINE_ROWS, random);
    const [column] = baseline.columns;
    if (column?.type !== 'embedding') throw new Error('no embedding');
    const { spec } = column;
    const truth: Truth = {
      population,
      mean: Float64Array.from(spec.centroid),
      first: spec.components.subarray(0, POWER_DIMENSION),
      second: spec.components.subarray(POWER_DIMENSION, 2 * POWER_DIMENSION),
      spread: Math.sqrt(spec.totalVariance),
    };
    for (let window = 0; window < size.powerWindows; window++) {
      const vectors = drawVectors(population, windowRows, random);
      change(vectors, truth, random);
      const { verdict } = judged(baseline, embeddingProfile(spec, flatColumn(vectors, POWER_DIMENSION)));
      reports += 1;
      if (isAlarm(verdict)) found += 1;
      if (verdict === 'drift') drift += 1;
    }
  }
  return { question: words, windowRows, reports, found, drift };
}

export function print({ falseAlarms, power, judgeMilliseconds }: EmbeddingCalibration): void {
  const share = (count: number, of: number) => `${((100 * count) / of).toFixed(2)} %`;
  console.log(
    '| embeddings | dimensions | rows of the baseline | rows of the window | reports | raise anything | score above 0 |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const { population, dimension, baselineRows, windowRows, reports, alarms, scored } of falseAlarms) {
    const rates = [share(alarms, reports), share(scored, reports)];
    console.log(`| ${[population, dimension, baselineRows, windowRows, reports, ...rates].join(' | ')} |`);
  }
  console.log('\n| change | rows of the window | reports | found (`minor` or `drift`) | called `drift` |');
  console.log('|---|---|---|---|---|');
  for (const { question, windowRows, reports, found, drift } of power) {
    console.log(`| ${[question, windowRows, reports, share(found, reports), share(drift, reports)].join(' | ')} |`);
  }
  console.log(`\nto judge one embedding: ${judgeMilliseconds.toFixed(1)} ms`);
}
