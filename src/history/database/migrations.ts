import type { ClientBase } from 'pg';

/**
 * What brings the tables from one version to the next, in this order and each once. Those that were released stay as they are;
 * later ones only add, so that an older program still writes what it knows.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE drift_runs (
     model text NOT NULL,
     version text NOT NULL,
     hour timestamptz NOT NULL,
     window_hours integer NOT NULL,
     status text NOT NULL,
     drift_score double precision NOT NULL,
     window_rows bigint NOT NULL,
     signals integer NOT NULL,
     signals_drift integer NOT NULL,
     signals_minor integer NOT NULL,
     alerts_critical integer NOT NULL,
     alerts_warning integer NOT NULL,
     skipped_files integer NOT NULL,
     duration_seconds double precision NOT NULL,
     started_at timestamptz NOT NULL,
     baseline text NOT NULL,
     report text NOT NULL,
     PRIMARY KEY (model, version, hour)
   );
   COMMENT ON COLUMN drift_runs.hour IS 'start of the last hour of the window';
   COMMENT ON COLUMN drift_runs.report IS 'key of the report in the storage';
   CREATE TABLE drift_metrics (
     model text NOT NULL,
     version text NOT NULL,
     hour timestamptz NOT NULL,
     signal text NOT NULL,
     kind text NOT NULL,
     verdict text NOT NULL,
     psi double precision,
     distance double precision,
     adjusted_p_value double precision,
     PRIMARY KEY (model, version, hour, signal),
     FOREIGN KEY (model, version, hour) REFERENCES drift_runs ON DELETE CASCADE
   );
   COMMENT ON COLUMN drift_metrics.kind IS 'feature, output or embedding';
   COMMENT ON COLUMN drift_metrics.distance IS 'Kolmogorov-Smirnov; for categories the largest change of one share'`,
  `CREATE INDEX drift_runs_hour ON drift_runs (hour);
   CREATE INDEX drift_metrics_signal_hour ON drift_metrics (model, signal, hour)`,
];

/** Any number that no other program locks: the first digits of SHA-256 of "drift-monitor migrations". */
const LOCK = 2_766_344_810;

/** Brings the tables up to date. Of several programs at once one does so, and the others wait for it. */
export async function migrate(client: ClientBase, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  if ((await versionOf(client)) >= migrations.length) return;
  await inTransaction(client, async () => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    // Whether the table is there is asked by making it: a mere look may show what was so before the lock.
    await client.query(`CREATE TABLE IF NOT EXISTS drift_monitor_migrations (
      version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`);
    const version = await latestVersion(client);
    for (const [index, migration] of migrations.entries()) {
      if (index < version) continue;
      await client.query(migration);
      await client.query('INSERT INTO drift_monitor_migrations (version) VALUES ($1)', [index + 1]);
    }
  });
}

async function versionOf(client: ClientBase): Promise<number> {
  const found = await client.query("SELECT to_regclass('drift_monitor_migrations') IS NOT NULL AS there");
  return found.rows[0]?.there === true ? await latestVersion(client) : 0;
}

async function latestVersion(client: ClientBase): Promise<number> {
  const { rows } = await client.query('SELECT coalesce(max(version), 0) AS version FROM drift_monitor_migrations');
  return Number(rows[0]?.version);
}

/** All of it, or nothing. */
export async function inTransaction(client: ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    // Where the connection is gone, so is the transaction.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
