/** The start of a UTC hour in milliseconds since 1970. */
export type Hour = number;

export const HOUR_MS = 3_600_000;

export function hourOf(instantMs: number): Hour {
  return Math.floor(instantMs / HOUR_MS) * HOUR_MS;
}

/** Zero-padded calendar fields in UTC, as they stand in keys. */
export function hourParts(hour: Hour): { year: string; month: string; day: string; hour: string } {
  const iso = new Date(hour).toISOString();
  return { year: iso.slice(0, 4), month: iso.slice(5, 7), day: iso.slice(8, 10), hour: iso.slice(11, 13) };
}
