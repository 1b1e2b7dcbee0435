import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Workspace } from './workspace.ts';

export interface ScanLimits {
  /** MiB that DuckDB may hold before it spills. */
  readonly memoryLimitMib: number;
  readonly threads: number;
}

/** A DuckDB that can read its workspace, and nothing else. */
export interface Engine {
  readonly connection: DuckDBConnection;
  close(): void;
}

/** DuckDB is loaded here and nowhere else: importing it takes 0.2 s that most commands need not pay. */
export async function openEngine({ scratch, roots }: Workspace, limits: ScanLimits): Promise<Engine> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${limits.memoryLimitMib}MiB`,
    threads: String(limits.threads),
    temp_directory: join(scratch, `spill-${threadId}`),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const allowed = [scratch, ...roots].map((path) => `'${path.replaceAll("'", "''")}/'`).join(', ');
  await connection.run(`SET allowed_directories = [${allowed}]`);
  await connection.run('SET enable_external_access = false');
  // Folds expressions by the statistics in a file's footer, which can be wrong: "no nulls" makes nulls into values.
  await connection.run("SET disabled_optimizers = 'statistics_propagation'");
  // Else an instant's text depends on the machine.
  await connection.run("SET TimeZone = 'UTC'");
  // Each file is read once: what it keeps of them is memory and nothing else.
  await connection.run('SET enable_external_file_cache = false');
  await connection.run('SET lock_configuration = true');
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
