import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { instant } from '../words.ts';
import { type Html, html } from './markup.ts';

/** A number at the end of a window; null where nothing could be judged. */
export interface Point {
  /** milliseconds since 1970 */
  readonly at: number;
  readonly value: number | null;
}

export interface Sparkline {
  /** Of what: `PSI`. */
  readonly what: string;
  /** Oldest first. */
  readonly points: readonly Point[];
  /** From which it counts. */
  readonly threshold: number;
  /** The number as text; three decimals without it. */
  readonly inWords?: (value: number) => string;
}

const WIDTH = 320;
const HEIGHT = 56;
const EDGE = 5;
/** A week of hours: more cannot be told apart in so little space. */
const MOST_POINTS = 168;

/** How a number went, with its threshold; undefined for fewer than two known points. */
export function sparkline({ what, points, threshold, inWords = thousandths }: Sparkline): Html | undefined {
  const shown = points.slice(-MOST_POINTS);
  const known = shown.flatMap(({ at, value }) => (value === null ? [] : [{ at, value }]));
  const [first, last] = [shown[0], known.at(-1)];
  if (first === undefined || last === undefined || known.length < 2) return undefined;
  const end = shown.at(-1)?.at ?? last.at;
  const values = known.map(({ value }) => value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const x = scaleLinear([first.at, end], [EDGE, WIDTH - EDGE]);
  const y = scaleLinear([0, Math.max(highest, threshold) * 1.08], [HEIGHT - 3, 3]);
  const drawn = line<Point>(
    ({ at }) => x(at),
    ({ value }) => y(value ?? 0),
  );
  const path = drawn.defined(({ value }) => value !== null).digits(1)(shown) ?? '';
  const [from, to] = [first.at, end].map((at) => instant(new Date(at).toISOString()));
  const label = `${what} from ${from} to ${to} UTC: ${inWords(lowest)} to ${inWords(highest)}, last ${inWords(last.value)}`;
  const limit = Math.round(y(threshold) * 10) / 10;
  return html`<figure><svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><path class="g" d="M0,${HEIGHT - 3}H${WIDTH}"/><path class="t" d="M0,${limit}H${WIDTH}"/><path class="n" d="${path}"/><circle class="dot" cx="${Math.round(x(last.at))}" cy="${Math.round(y(last.value))}" r="3"/></svg>
<figcaption>${what} since ${from}: ${inWords(lowest)} – ${inWords(highest)}; dashed: ${inWords(threshold)}</figcaption></figure>`;
}

function thousandths(value: number): string {
  return String(Number(value.toFixed(3)));
}
