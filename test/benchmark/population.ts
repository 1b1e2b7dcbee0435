import { normalOf as normal } from '../../src/statistics/random.ts';
import { normalQuantile, normalSurvival } from '../../src/statistics/special.ts';
import type { Values } from '../drift/in-memory.ts';

/**
 * A made-up model's columns, whose true distributions are known. Each is drawn by way of a standard normal number, so that
 * columns of a block can be correlated whatever their kinds.
 */
export interface Column {
  readonly name: string;
  readonly kind: Kind;
  /** Columns of one block share a normal number; `undefined` stands alone. */
  readonly block: number | undefined;
  readonly shape: Shape;
}

export const KINDS = ['normal', 'log-normal', 't3', 'integer', 'two-valued', 'categorical'] as const;
export type Kind = (typeof KINDS)[number];

export type Shape =
  | {
      readonly type: 'numeric';
      /** `z` carries the correlation; `own` gives further normal numbers. */
      readonly draw: (z: number, own: () => number) => number;
      readonly cdf: (x: number) => number;
    }
  | { readonly type: 'categorical'; readonly values: readonly string[]; readonly shares: Float64Array };

const CORRELATION = 0.7;
const BLOCK_SIZE = 5;

/** 50 columns of mixed kinds; the first half are in blocks of five that are correlated by 0.7. */
export function mixedColumns(): Column[] {
  const shapes: [Kind, (index: number) => Shape][] = [
    ['normal', () => movedShape('normal', 0)],
    ['log-normal', () => movedShape('log-normal', 0)],
    ['t3', () => movedShape('t3', 0)],
    ['integer', () => movedShape('integer', 0)],
    ['two-valued', (index) => twoValued([0.1, 0.3, 0.5, 0.7, 0.9][index % 5] ?? 0.5)],
    ['categorical', (index) => zipf([6, 20, 100, 1_000, 10_000][index % 5] ?? 6)],
  ];
  return Array.from({ length: 50 }, (_, index): Column => {
    const [kind, shape] = shapes[index % shapes.length] ?? ['normal', () => movedShape('normal', 0)];
    const block = index < 25 ? Math.floor(index / BLOCK_SIZE) : undefined;
    return { name: `${kind} ${index}`, kind, block, shape: shape(Math.floor(index / shapes.length)) };
  });
}

/**
 * The column moved by `sigmas` standard deviations (IQR/1.349 where tails are heavy); a two-valued one by as much towards the
 * rarer value; a categorical one has its value of nearly 10 % grow by 15 points.
 */
export function moved(column: Column, sigmas: number): Column {
  const { kind, shape } = column;
  if (shape.type === 'numeric') return { ...column, shape: movedShape(kind, sigmas) };
  if (kind === 'two-valued') {
    const [, p = 0] = shape.shares;
    return { ...column, shape: twoValued(p + (p <= 0.5 ? 1 : -1) * sigmas * Math.sqrt(p * (1 - p))) };
  }
  const { shares, values } = shape;
  const grown = shares.reduce(
    (best, share, at) => (Math.abs(share - 0.1) < Math.abs((shares[best] ?? 0) - 0.1) ? at : best),
    0,
  );
  const before = shares[grown] ?? 0;
  const others = (1 - before - 0.15) / (1 - before);
  const now = shares.map((share, at) => (at === grown ? before + 0.15 : share * others));
  return { ...column, shape: { type: 'categorical', values, shares: now } };
}

/** IQR/1.349 of exp(z) and of Student's t with three degrees of freedom. */
const ROBUST_SIGMA = { logNormal: 1.0778, t3: 1.134 };
const INTEGER_SIGMA = 6;

function movedShape(kind: Kind, sigmas: number): Shape {
  switch (kind) {
    case 'log-normal': {
      const shift = sigmas * ROBUST_SIGMA.logNormal;
      return {
        type: 'numeric',
        draw: (z) => Math.exp(z) + shift,
        cdf: (x) => (x > shift ? normalCdf(Math.log(x - shift)) : 0),
      };
    }
    case 't3': {
      const shift = sigmas * ROBUST_SIGMA.t3;
      const draw = (z: number, own: () => number) => z / Math.sqrt((own() ** 2 + own() ** 2 + own() ** 2) / 3) + shift;
      const cdf = (x: number) => {
        const t = (x - shift) / Math.sqrt(3);
        return 0.5 + (t / (1 + t * t) + Math.atan(t)) / Math.PI;
      };
      return { type: 'numeric', draw, cdf };
    }
    case 'integer':
      return {
        type: 'numeric',
        draw: (z) => Math.floor(INTEGER_SIGMA * (z + sigmas)),
        cdf: (x) => normalCdf((Math.floor(x) + 1) / INTEGER_SIGMA - sigmas),
      };
    default:
      return { type: 'numeric', draw: (z) => z + sigmas, cdf: (x) => normalCdf(x - sigmas) };
  }
}

function twoValued(share: number): Shape {
  return { type: 'categorical', values: ['0', '1'], shares: Float64Array.of(1 - share, share) };
}

function zipf(size: number): Shape {
  const weights = Float64Array.from({ length: size }, (_, index) => 1 / (index + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    type: 'categorical',
    values: Array.from(weights, (_, index) => `v${index}`),
    shares: weights.map((w) => w / total),
  };
}

/** Rows of all columns. */
export function drawRows(columns: readonly Column[], rows: number, random: () => number): Record<string, Values> {
  const own = normal(random);
  const blocks = new Map<number, Float64Array>();
  const drawn: Record<string, Values> = {};
  for (const { name, kind, block, shape } of columns) {
    const common = block === undefined ? undefined : (blocks.get(block) ?? Float64Array.from({ length: rows }, own));
    if (block !== undefined && common !== undefined) blocks.set(block, common);
    const z = (row: number) =>
      common === undefined ? own() : Math.sqrt(CORRELATION) * (common[row] ?? 0) + Math.sqrt(1 - CORRELATION) * own();
    if (shape.type === 'numeric') {
      drawn[name] = { numbers: Float64Array.from({ length: rows }, (_, row) => shape.draw(z(row), own)) };
      continue;
    }
    const limits = normalLimits(shape.shares);
    if (kind === 'two-valued') {
      // A number as most logs have it: the kinds differ in how they are counted.
      drawn[name] = { numbers: Float64Array.from({ length: rows }, (_, row) => positionOf(limits, z(row))) };
    } else {
      const { values } = shape;
      drawn[name] = {
        categories: Array.from({ length: rows }, (_, row) => values[positionOf(limits, z(row))] ?? null),
      };
    }
  }
  return drawn;
}

const limitsOf = new WeakMap<Float64Array, Float64Array>();

/** Where a standard normal number passes from one category to the next. */
function normalLimits(shares: Float64Array): Float64Array {
  const known = limitsOf.get(shares);
  if (known !== undefined) return known;
  let cumulative = 0;
  const limits = shares.slice(0, -1).map((share) => {
    cumulative += share;
    return normalQuantile(Math.min(1, cumulative));
  });
  limitsOf.set(shares, limits);
  return limits;
}

function positionOf(limits: Float64Array, z: number): number {
  let low = 0;
  let high = limits.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (z > (limits[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function cdfOf(shape: Shape): (x: number) => number {
  if (shape.type === 'numeric') return shape.cdf;
  const [zero = 0] = shape.shares;
  return (x) => (x < 0 ? 0 : x < 1 ? zero : 1);
}

function normalCdf(x: number): number {
  return normalSurvival(-x);
}

/** Rows in each cell, of `rows` altogether, by sequential binomials; the binomial of many rows as its normal limit. */
export function multinomial(masses: ArrayLike<number>, rows: number, random: () => number): Float64Array {
  const z = normal(random);
  const counts = new Float64Array(masses.length);
  let left = rows;
  let mass = Array.from(masses).reduce((sum, share) => sum + share, 0);
  for (let cell = 0; cell < counts.length && left > 0 && mass > 0; cell++) {
    const p = Math.min(1, (masses[cell] ?? 0) / mass);
    counts[cell] = binomial(left, p, random, z);
    left -= counts[cell] ?? 0;
    mass -= masses[cell] ?? 0;
  }
  return counts;
}

function binomial(n: number, p: number, random: () => number, z: () => number): number {
  if (p > 0.5) return n - binomial(n, 1 - p, random, z);
  if (n * p > 50) return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(n * p * (1 - p)) * z())));
  // Waiting times: geometric gaps between successes.
  if (p <= 0) return 0;
  let successes = -1;
  for (let trial = 0; trial <= n; successes++) trial += Math.floor(Math.log(1 - random()) / Math.log1p(-p)) + 1;
  return successes;
}
