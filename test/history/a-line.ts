import type { HistoryLine } from '../../src/history/line.ts';

const HOUR_MS = 3_600_000;
export const START = Date.parse('2025-12-24T00:00:00Z');

/** The line of a run without signals, `hour` hours after the start of 2025-12-24. */
export function aLine(hour: number, changes: Partial<HistoryLine> = {}): HistoryLine {
  return {
    hour: new Date(START + hour * HOUR_MS).toISOString(),
    version: 'v1',
    status: 'no-drift',
    driftScore: 0,
    rows: 112,
    windowHours: 24,
    signals: 0,
    drift: 0,
    minor: 0,
    alerts: { critical: 0, warning: 0 },
    skippedFiles: 0,
    durationMs: 1500,
    startedAt: new Date(START + (hour + 1) * HOUR_MS + 420_000).toISOString(),
    baseline: '0123456789abcdef',
    moved: { names: [], psi: [], distance: [] },
    rest: null,
    ...changes,
  };
}

export type ASignal = readonly [name: string, psi: number];

/** Of a run in which so many of the signals have the verdict drift, and so many behind them minor. */
export function aLineOf(hour: number, signals: readonly ASignal[], drift = 0, minor = 0): HistoryLine {
  return aLine(hour, {
    status: drift > 0 ? 'drift' : 'no-drift',
    signals: signals.length,
    drift,
    minor,
    moved: {
      names: signals.map(([name]) => name),
      psi: signals.map(([, psi]) => psi),
      distance: signals.map(([, psi]) => psi / 2),
    },
  });
}
