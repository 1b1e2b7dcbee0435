import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ObjectStore } from '../storage/object-store.ts';

export interface ScanLimits {
  /** MiB that DuckDB may hold before it spills. */
  readonly memoryLimitMib: number;
  readonly threads: number;
  /** Where the scratch folder is made; by default the system's. */
  readonly tempDirectory?: string | undefined;
}

/** A DuckDB that can read its own scratch folder and the given roots, and nothing else. */
export interface Engine {
  readonly connection: DuckDBConnection;
  readonly scratch: string;
  /** Real paths of the roots whose files can be read in place. */
  readonly roots: readonly string[];
  close(): Promise<void>;
}

/** DuckDB is loaded here and nowhere else: importing it takes 0.2 s that most commands need not pay. */
export async function openEngine(limits: ScanLimits, localRoots: readonly string[]): Promise<Engine> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const scratch = await realpath(await mkdtemp(join(limits.tempDirectory ?? tmpdir(), 'drift-monitor-')));
  try {
    const roots = await realPaths(localRoots);
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${limits.memoryLimitMib}MiB`,
      threads: String(limits.threads),
      temp_directory: join(scratch, 'spill'),
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
    await connection.run('SET lock_configuration = true');
    return {
      connection,
      scratch,
      roots,
      async close() {
        connection.closeSync();
        instance.closeSync();
        await rm(scratch, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
}

/** Where the objects of these storages lie, as far as they are files of this machine. */
export function localRoots(stores: readonly ObjectStore[]): string[] {
  return stores.flatMap(({ localRoot }) => localRoot ?? []);
}

async function realPaths(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return found.filter((path) => path !== undefined);
}
