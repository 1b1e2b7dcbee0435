import type { Client, ClientBase } from 'pg';
import { DriftMonitorError } from '../../errors.ts';
import { type HistoryLine, shortened } from '../line.ts';
import { inTransaction, migrate } from './migrations.ts';

/** A run as a row, with all of its signals. */
export interface DatabaseRun {
  readonly model: string;
  readonly line: HistoryLine;
  /** Key of the report. */
  readonly report: string;
  readonly signals: readonly DatabaseSignal[];
}

export interface DatabaseSignal {
  readonly name: string;
  readonly kind: string;
  readonly verdict: string;
  readonly psi: number | null;
  readonly distance: number | null;
  readonly adjustedPValue: number | null;
}

/** In which nothing was written. */
const TIMEOUT_MS = 10_000;
/** Of a signal's name: an index takes no row of more than 2,700 bytes. */
const NAME_BYTES = 1024;

/**
 * Writes runs over earlier ones of their model, version and hour into a PostgreSQL database, whose tables it makes where they are
 * missing. Throws what the driver throws; runs before that are written. A database in which nothing gets on for `timeoutMs`, be it
 * that it does not answer or that somebody else has locked the tables, is given up.
 */
export async function writeRuns(url: string, runs: readonly DatabaseRun[], timeoutMs = TIMEOUT_MS): Promise<void> {
  const { default: pg } = await import('pg');
  const client: Client = new pg.Client({
    connectionString: url,
    application_name: 'drift-monitor',
  });
  // A connection that breaks between two statements is told by the next one.
  client.on('error', () => undefined);
  // Not the server's own timeout: connection poolers refuse it.
  const late = Promise.withResolvers<never>();
  const giveUp = () => late.reject(new DriftMonitorError(`timeout: no answer within ${timeoutMs / 1000} s`));
  const timer = setTimeout(giveUp, timeoutMs);
  const work = async () => {
    await client.connect();
    await migrate(client);
    for (const run of runs) {
      await inTransaction(client, () => writeRun(client, run));
      timer.refresh();
    }
  };
  const working = work();
  working.catch(() => undefined);
  try {
    await Promise.race([working, late.promise]);
    // All is written, however the connection ends.
    await Promise.race([client.end(), late.promise]).catch(() => undefined);
  } finally {
    clearTimeout(timer);
    // Whatever it still waits for.
    client.connection.stream.destroy();
  }
}

async function writeRun(client: ClientBase, { model, line, report, signals }: DatabaseRun): Promise<void> {
  const row = new Map<string, string | number>([
    ['model', model],
    ['version', line.version],
    ['hour', line.hour],
    ['window_hours', line.windowHours],
    ['status', line.status],
    ['drift_score', line.driftScore],
    ['window_rows', line.rows],
    ['signals', line.signals],
    ['signals_drift', line.drift],
    ['signals_minor', line.minor],
    ['alerts_critical', line.alerts.critical],
    ['alerts_warning', line.alerts.warning],
    ['skipped_files', line.skippedFiles],
    ['duration_seconds', line.durationMs / 1000],
    ['started_at', line.startedAt],
    ['baseline', line.baseline],
    ['report', report],
  ]);
  const columns = [...row.keys()];
  await client.query(
    `INSERT INTO drift_runs (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     ON CONFLICT (model, version, hour) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [...row.values()],
  );
  const identity = [model, line.version, line.hour];
  await client.query('DELETE FROM drift_metrics WHERE model = $1 AND version = $2 AND hour = $3', identity);
  const named = new Map(signals.map((signal) => [databaseName(signal.name), signal]));
  const values = <Key extends keyof DatabaseSignal>(key: Key) => [...named.values()].map((signal) => signal[key]);
  await client.query(
    `INSERT INTO drift_metrics (model, version, hour, signal, kind, verdict, psi, distance, adjusted_p_value)
     SELECT $1, $2, $3, * FROM unnest($4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[], $9::float8[])`,
    [
      ...identity,
      [...named.keys()],
      values('kind'),
      values('verdict'),
      values('psi'),
      values('distance'),
      values('adjustedPValue'),
    ],
  );
}

/** PostgreSQL's text has every character but NUL. */
function databaseName(name: string): string {
  return shortened(name, NAME_BYTES).replaceAll('\0', '\\u{0}');
}
