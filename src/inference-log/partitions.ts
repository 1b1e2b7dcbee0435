import { HOUR_MS, type Hour, hourOf, hourParts } from '../storage/hour.ts';
import { type ModelId, TEMPLATE_PLACEHOLDER } from '../storage/layout.ts';

/** The hours of a window: `from` inclusive, `to` exclusive, both starts of a UTC hour. */
export interface Window {
  readonly from: Hour;
  readonly to: Hour;
}

/** The `hours` partitions that end with the one containing `at`. */
export function windowEndingAt(at: number, hours: number): Window {
  const last = hourOf(at);
  return { from: last - (hours - 1) * HOUR_MS, to: last + HOUR_MS };
}

export function hoursOf(window: Window): Hour[] {
  const count = Math.round((window.to - window.from) / HOUR_MS);
  return Array.from({ length: count }, (_, index) => window.from + index * HOUR_MS);
}

/** The prefix, ending in `/`, under which the logs of one hour lie. `template` as in `DEFAULT_LOG_TEMPLATE`. */
export function partitionPrefix(template: string, hour: Date | number, model: ModelId): string {
  const values: Record<string, string> = { ...hourParts(Number(hour)), model: model.name, version: model.version };
  const path = template.replace(TEMPLATE_PLACEHOLDER, (whole, name: string) => values[name] ?? whole);
  return path.endsWith('/') ? path : `${path}/`;
}
