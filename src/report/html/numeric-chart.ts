import { scaleLinear, scaleUtc } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { numberWithin } from '../../drift/words.ts';
import { type Html, html } from './markup.ts';

export interface NumericHistogram {
  readonly edges: readonly number[];
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

export interface NumericChart {
  readonly histogram: NumericHistogram;
  readonly rows: { readonly baseline: number; readonly window: number };
  /** Shares of the rows; left out where the chart is of something that is never missing. */
  readonly missing?: { readonly baseline: number | null; readonly window: number | null };
  /** The values are epoch seconds. */
  readonly temporal?: boolean | undefined;
  /** What it shows, for who does not see it. */
  readonly label: string;
}

const WIDTH = 440;
const HEIGHT = 152;
const PLOT = { left: 42, right: WIDTH - 4, top: 8, bottom: HEIGHT - 24 } as const;
const GAP = 10;
/** Bins wider than this many usual ones are tails. */
const WIDE = 2.5;
/** Bins narrower than this can hardly be seen: where one of them holds such a share of the rows, there is no scale. */
const NARROW = 0.25;
const LEAST_HIDDEN = 0.02;
const WIDEST_SLOT = 72;
const MISSING_WIDTH = 50;
const LEAST_MISSING = 0.001;

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly before: number;
  readonly now: number;
}

/** Bins that touch each other on paper, from `left` to `right`. */
interface Run {
  readonly bins: readonly Bin[];
  readonly left: number;
  readonly right: number;
  readonly isToScale: boolean;
}

interface Tick {
  readonly x: number;
  readonly text: string;
  readonly align: 'e' | 'm' | 's';
}

/**
 * Shares of rows of training data (area) and window (line) on shared edges, drawn to scale but for wide bins at the ends, such
 * as those beyond the training data's range: each takes the space of a usual one, after a gap. Where the bins inside differ
 * too much for a scale, all are drawn equally wide and their edges named.
 */
export function numericChart({ histogram, rows, missing, temporal = false, label }: NumericChart): Html {
  const bins = binsOf(histogram, rows);
  const isMissing = Math.max(missing?.baseline ?? 0, missing?.window ?? 0) >= LEAST_MISSING;
  const end = isMissing ? PLOT.right - MISSING_WIDTH - GAP : PLOT.right;
  const runs = runsOf(bins, end);
  const labels = ticksOf(runs, temporal);
  if (isMissing) {
    const gone: Bin = { from: 0, to: 0, before: missing?.baseline ?? 0, now: missing?.window ?? 0 };
    const left = PLOT.right - MISSING_WIDTH;
    runs.push({ bins: [gone], left, right: PLOT.right, isToScale: false });
    labels.unshift({ x: left + MISSING_WIDTH / 2, text: 'missing', align: 'm' });
  }
  const ticks = spaced(labels);
  const highest = Math.max(0.01, ...runs.flatMap((run) => run.bins.flatMap(({ before, now }) => [before, now])));
  const y = scaleLinear([0, highest], [PLOT.bottom, PLOT.top]);
  const shares = y.ticks(3);
  const format = y.tickFormat(3, '~%');
  const percent = (value: number) => format(value).replace('%', ' %');
  const steps = runs.flatMap((run) => [...stepsOf(run), undefined]);
  const outline = steps.map((step) => step && { x: step.x, y: y(step.now) });
  const filled = area<Step | undefined>(
    (step) => step?.x ?? 0,
    PLOT.bottom,
    (step) => y(step?.before ?? 0),
  );
  const drawn = line<{ x: number; y: number } | undefined>(
    (step) => step?.x ?? 0,
    (step) => step?.y ?? 0,
  );
  const before = filled.defined(isThere).curve(curveStepAfter).digits(1)(steps) ?? '';
  const now = drawn.defined(isThere).curve(curveStepAfter).digits(1)(outline) ?? '';
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${shares.map(
    (value) => {
      const at = round(y(value));
      return html`<path class="g" d="M${PLOT.left},${at}H${PLOT.right}"/><text class="e" x="${PLOT.left - 6}" y="${at + 4}">${percent(value)}</text>`;
    },
  )}<path class="b" d="${before}"/><path class="n" d="${now}"/>${ticks.map(
    ({ x, text, align }) => html`<text class="${align}" x="${round(x)}" y="${HEIGHT - 6}">${text}</text>`,
  )}</svg>`;
}

function isThere(step: unknown): boolean {
  return step !== undefined;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function binsOf({ edges, baseline, window }: NumericHistogram, rows: NumericChart['rows']): Bin[] {
  return baseline.map((before, index) => ({
    from: edges[index] ?? 0,
    to: edges[index + 1] ?? edges[index] ?? 0,
    before: before / Math.max(1, rows.baseline),
    now: (window[index] ?? 0) / Math.max(1, rows.window),
  }));
}

function runsOf(bins: readonly Bin[], end: number): Run[] {
  const widths = bins.map(({ from, to }) => to - from);
  const usual = [...widths].sort((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 0;
  const isWide = (width: number) => !(width <= WIDE * usual);
  let first = 0;
  let last = bins.length;
  while (first < last && isWide(widths[first] ?? 0)) first++;
  while (last > first && isWide(widths[last - 1] ?? 0)) last--;
  const inner = widths.slice(first, last);
  const whole = (bins[last - 1]?.to ?? 0) - (bins[first]?.from ?? 0);
  const isHidden = ({ from, to, before, now }: Bin) =>
    to - from < NARROW * usual && Math.max(before, now) >= LEAST_HIDDEN;
  const isEven =
    inner.length > 1 && whole > 0 && whole < Infinity && !inner.some(isWide) && !bins.slice(first, last).some(isHidden);
  const parts = isEven ? [bins.slice(0, first), bins.slice(first, last), bins.slice(last)] : [[], [], [...bins]];
  const gaps = parts.filter((part) => part.length > 0).length - 1;
  const slot = Math.min((end - PLOT.left - gaps * GAP) / bins.length, isEven ? end : WIDEST_SLOT);
  let x: number = PLOT.left;
  return parts.flatMap((part, index) => {
    if (part.length === 0) return [];
    const left = x;
    const right = left + part.length * slot;
    x = right + GAP;
    const isToScale = isEven && index === 1;
    return [{ bins: isToScale ? centred(part) : part, left, right, isToScale }];
  });
}

/** Where borders lie in the middle between values, the outermost values get as much space as the others. */
function centred(bins: readonly Bin[]): Bin[] {
  const width = (bin: Bin | undefined) => (bin === undefined ? 0 : bin.to - bin.from);
  const isHalf = (bin: Bin | undefined, next: Bin | undefined) =>
    Math.abs(2 * width(bin) - width(next)) <= 1e-6 * width(next);
  return bins.map((bin, index) => ({
    ...bin,
    from: index === 0 && isHalf(bin, bins[1]) ? bin.from - width(bin) : bin.from,
    to: index === bins.length - 1 && isHalf(bin, bins.at(-2)) ? bin.to + width(bin) : bin.to,
  }));
}

interface Step {
  readonly x: number;
  readonly before: number;
  readonly now: number;
}

/** Corners of the run's outline, for a curve that goes across and then up or down. */
function stepsOf(run: Run): Step[] {
  const x = positions(run);
  const last = run.bins.at(-1);
  return [
    { x: run.left, before: 0, now: 0 },
    ...run.bins.map(({ from, before, now }, index) => ({ x: x(from, index), before, now })),
    { x: run.right, before: last?.before ?? 0, now: last?.now ?? 0 },
    { x: run.right, before: 0, now: 0 },
  ];
}

/** Where a value lies, the start of the run's bin `index`. */
function positions({ bins, left, right, isToScale }: Run): (value: number, index: number) => number {
  const range = [left, right];
  if (!isToScale) return (_, index) => left + ((right - left) * index) / bins.length;
  const scale = scaleLinear([bins[0]?.from ?? 0, bins.at(-1)?.to ?? 0], range);
  return (value) => scale(value);
}

/** The most telling first. */
function ticksOf(runs: readonly Run[], temporal: boolean): Tick[] {
  const nameOf = (value: number, { from, to }: Bin) => (temporal ? day(value) : numberWithin(value, to - from));
  const ends = runs.flatMap((run, index): Tick[] => {
    const [firstBin, lastBin] = [run.bins[0], run.bins.at(-1)];
    if (run.isToScale || firstBin === undefined || lastBin === undefined) return [];
    const first: Tick = { x: run.left, text: nameOf(firstBin.from, firstBin), align: 's' };
    const last: Tick = { x: run.right, text: nameOf(lastBin.to, lastBin), align: 'e' };
    // Of a tail its far end: where it begins is where the scale ends.
    if (runs.length > 1) return index === 0 ? [first] : [last];
    if (first.text === last.text) return [{ x: (run.left + run.right) / 2, text: first.text, align: 'm' }];
    const x = positions(run);
    const inner = run.bins
      .slice(1)
      .map((bin, at): Tick => ({ x: x(bin.from, at + 1), text: nameOf(bin.from, bin), align: 'm' }));
    return [first, last, ...everyOther(inner)];
  });
  return [...ends, ...runs.flatMap((run) => (run.isToScale ? scaleTicks(run, temporal) : []))];
}

function day(seconds: number): string {
  return new Date(Math.min(8.64e12, Math.max(-8.64e12, seconds)) * 1000).toISOString().slice(0, 16);
}

const LEAST_SPAN = 1e-290;

function scaleTicks({ bins, left, right }: Run, temporal: boolean): Tick[] {
  const domain = [bins[0]?.from ?? 0, bins.at(-1)?.to ?? 0] as const;
  if (temporal) {
    const scale = scaleUtc(
      domain.map((seconds) => new Date(seconds * 1000)),
      [left, right],
    );
    const format = scale.tickFormat(5);
    return scale.ticks(5).map((at) => ({ x: scale(at), text: format(at), align: 'm' }));
  }
  // Between numbers so small that their difference has hardly a digit there is no step.
  if (domain[1] - domain[0] < LEAST_SPAN) return [];
  const scale = scaleLinear(domain, [left, right]);
  const largest = Math.max(...domain.map(Math.abs));
  const wanted = Math.min(6, bins.length);
  // With a unit such as k, numbers that lie close together would have more digits than without.
  const isWide = domain[1] - domain[0] > largest / 100;
  const format = scale.tickFormat(wanted, isWide && (largest >= 1e5 || largest < 1e-3) ? '~s' : undefined);
  return scale.ticks(wanted).map((value) => ({ x: scale(value), text: format(value), align: 'm' }));
}

/** The middle, the quarters, and so on: what is left out where there is no space is spread evenly. */
function everyOther(ticks: readonly Tick[]): Tick[] {
  const order: Tick[] = [];
  for (let step = 2 ** Math.ceil(Math.log2(ticks.length + 1)); step >= 1; step /= 2) {
    for (let at = step; at <= ticks.length; at += step) {
      const tick = ticks[at - 1];
      if (tick !== undefined && !order.includes(tick)) order.push(tick);
    }
  }
  return order;
}

const LETTER = 6.8;

/** Without those that would be written over one before them. */
function spaced(ticks: readonly Tick[]): Tick[] {
  const kept: { tick: Tick; from: number; to: number }[] = [];
  for (const tick of ticks) {
    const width = tick.text.length * LETTER;
    const from = tick.x - (tick.align === 'e' ? width : tick.align === 'm' ? width / 2 : 0);
    const to = from + width;
    if (kept.some((one) => from < one.to + LETTER && to > one.from - LETTER)) continue;
    kept.push({ tick, from, to });
  }
  return kept.map(({ tick }) => tick);
}
