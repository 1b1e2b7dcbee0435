import type { Severity } from '../alerting/schema.ts';
import type { Report } from './schema.ts';

export interface AlertCounts {
  readonly all: number;
  readonly critical: number;
  readonly warning: number;
  readonly info: number;
}

/**
 * How many alerts a report tells of, wherever it is told: what its window shows, and what runs know to be open or pending besides,
 * such as that no data came.
 */
export function alertCounts({ alerts, run }: Pick<Report, 'alerts' | 'run'>): AlertCounts {
  const shown = new Set(alerts.map(({ id }) => id));
  const others = (run.alerts ?? []).filter(({ id, state }) => state !== 'resolved' && !shown.has(id));
  const severities = [...alerts, ...others].map(({ severity }) => severity);
  const of = (severity: Severity) => severities.filter((one) => one === severity).length;
  return { all: severities.length, critical: of('CRITICAL'), warning: of('WARNING'), info: of('INFO') };
}
