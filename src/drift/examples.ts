import type { EmbeddingProfile } from '../profile/embedding.ts';
import { type Points, pointsOf } from './sampled-points.ts';
import { finite } from './signal.ts';

/** Rows of a window that show what moved. */
export interface Examples {
  /** Sampled rows with a name that they were chosen from. */
  readonly rows: number;
  /** Farthest from the training data first. */
  readonly leastAlike: Example[];
  readonly mostAlike: Example[];
}

export interface Example {
  /** What the log calls the row, as it is there. */
  readonly name: string;
  /** From the nearest training rows, in units of their own distance from one another; null where that is 0. */
  readonly distance: number | null;
}

const SHOWN = 5;
/** One neighbour alone may be a stray, many would blur small clusters. */
const NEIGHBOURS = 10;
/** Rows of either side that are looked at. */
const MOST_ROWS = 1000;
/** Training rows whose distance from the others is the unit. */
const UNIT_ROWS = 200;

/**
 * The named rows that are least and most like the training data, each name once: by the mean distance to the nearest ten of
 * the baseline's sampled rows (k nearest neighbours, Angiulli & Pizzuti 2002), which fits clusters as well as one cloud.
 * Undefined where no row has a name or the baseline has too few.
 */
export function nearestAndFarthest(baseline: EmbeddingProfile, window: EmbeddingProfile): Examples | undefined {
  const training = pointsOf(baseline, MOST_ROWS);
  const named = window.sample.rows.filter(({ name }) => name !== null).slice(0, MOST_ROWS);
  if (named.length === 0 || training.rows < 2) return undefined;
  const points = pointsOf({ ...window, sample: { ...window.sample, rows: named } }, MOST_ROWS);
  const own = Float64Array.from({ length: Math.min(UNIT_ROWS, training.rows) }, (_, row) => {
    return meanDistance(training, row, training, row);
  }).sort();
  const unit = own[own.length >> 1] ?? Number.NaN;
  const measured = named
    .map(({ name }, row) => ({ name: name ?? '', distance: meanDistance(points, row, training) / unit }))
    .sort((a, b) => b.distance - a.distance || (a.name < b.name ? -1 : 1));
  const shown = (ordered: typeof measured) => {
    const distances = new Map<string, number>();
    for (const { name, distance } of ordered) if (!distances.has(name)) distances.set(name, distance);
    return [...distances].slice(0, SHOWN).map(([name, distance]): Example => ({ name, distance: finite(distance) }));
  };
  return { rows: named.length, leastAlike: shown(measured), mostAlike: shown(measured.toReversed()) };
}

/** Of a point from the nearest others, `except` one of them. */
function meanDistance(points: Points, row: number, others: Points, except = -1): number {
  const { dimension } = points;
  const nearest = new Float64Array(Math.min(NEIGHBOURS, others.rows - (except < 0 ? 0 : 1))).fill(
    Number.POSITIVE_INFINITY,
  );
  const last = nearest.length - 1;
  for (let other = 0; other < others.rows; other++) {
    if (other === except) continue;
    let square = 0;
    for (let index = 0; index < dimension; index++) {
      square += (points.values[row * dimension + index]! - others.values[other * dimension + index]!) ** 2;
    }
    let at = last;
    if (square >= nearest[at]!) continue;
    for (; at > 0 && nearest[at - 1]! > square; at--) nearest[at] = nearest[at - 1]!;
    nearest[at] = square;
  }
  return nearest.reduce((sum, square) => sum + Math.sqrt(square), 0) / nearest.length;
}
