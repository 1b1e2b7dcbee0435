import type { Bucket } from './series.ts';

const LEVELS = [...'▁▂▃▄▅▆▇█'];
/** A run whose value is not known: nothing was judged, or the signal was not among those that moved most. */
const UNKNOWN = '·';

/** A line of block characters, the highest one for `top` and above; a space where there was no run. */
export function sparkline(values: readonly Bucket[], top: number): string {
  return values
    .map(({ value, hasRun }) => {
      if (value === null) return hasRun ? UNKNOWN : ' ';
      const level = Math.floor((value / top) * LEVELS.length);
      return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, level))] ?? UNKNOWN;
    })
    .join('');
}
