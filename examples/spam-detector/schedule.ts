export const HOUR_MS = 3_600_000;

export interface Scheduled<T> {
  readonly item: T;
  /** milliseconds since 1970 */
  readonly timestamp: number;
}

/** Spreads items in their order over `hours` hours that begin with `from`: equally many in each hour, equally far apart. */
export function spread<T>(items: readonly T[], from: number, hours: number): Scheduled<T>[][] {
  return Array.from({ length: hours }, (_, hour) => {
    const first = Math.round((hour * items.length) / hours);
    const inHour = items.slice(first, Math.round(((hour + 1) * items.length) / hours));
    return inHour.map((item, index) => ({
      item,
      timestamp: from + hour * HOUR_MS + Math.floor(((index + 0.5) * HOUR_MS) / inHour.length),
    }));
  });
}
