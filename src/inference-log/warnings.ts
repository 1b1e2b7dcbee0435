/** The part of a pino logger that is used. */
export interface WarnLogger {
  warn(details: object, message: string): void;
}

export type WarningKind = 'storage' | 'spill' | 'lost' | 'encode' | 'dropped';
export type Warn = (kind: WarningKind, message: string, key?: string) => void;

const QUIET_MS = 60_000;

/** Warns about each kind at most once a minute, and never throws: what goes wrong, goes wrong thousands of times a second. */
export function createWarn(logger: WarnLogger | undefined, now: () => number): Warn {
  const warned = new Map<WarningKind, { at: number; suppressed: number }>();
  return (kind, message, key) => {
    const last = warned.get(kind);
    if (last !== undefined && now() - last.at < QUIET_MS) {
      last.suppressed += 1;
      return;
    }
    warned.set(kind, { at: now(), suppressed: 0 });
    const text = `inference logger: ${message}${key === undefined ? '' : ` (${key})`}`;
    try {
      if (logger === undefined) process.emitWarning(text);
      else logger.warn({ kind, similarSuppressed: last?.suppressed ?? 0 }, text);
    } catch {
      // a logger that fails must not cost rows
    }
  };
}
