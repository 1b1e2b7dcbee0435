import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

/** A running PostgreSQL with one user, `drift`, in a folder of its own. */
export interface Postgres {
  /** Of a database, `postgres` unless named, with the password. */
  url(database?: string): string;
  stop(): Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql';

/** The folder of `initdb` and `postgres`: that of POSTGRES_BIN, on the PATH, or where Debian has the newest. */
function findPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.POSTGRES_BIN ?? '').split(':'),
    ...(process.env.PATH ?? '').split(':'),
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))));
}

const PROGRAMS = findPrograms();
/** PostgreSQL refuses to run as root. */
const OTHER_USER = process.getuid?.() === 0 ? idsOf('postgres') : {};

export const HAS_POSTGRES = PROGRAMS !== undefined && OTHER_USER !== undefined;
/** Said behind the titles of tests that are skipped. */
export const NO_POSTGRES = HAS_POSTGRES ? '' : ' (skipped: no PostgreSQL, or no user to run it)';

function idsOf(user: string): { uid: number; gid: number } | undefined {
  const [uid, gid] = ['-u', '-g'].map((option) => spawnSync('id', [option, user], { encoding: 'utf8' }));
  return uid?.status === 0 && gid?.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}

/** Starts a PostgreSQL on a free port of 127.0.0.1 that asks for a password. It ends with `stop`, or with this process. */
export async function startPostgres(password: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'drift-postgres-'));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  const data = join(folder, 'data');
  const user: { uid?: number; gid?: number } = OTHER_USER ?? {};
  for (const path of [folder, passwordFile]) chownSync(path, user.uid ?? -1, user.gid ?? -1);
  const options = ['--username=drift', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  const made = spawnSync(program('initdb'), ['--pgdata', data, '--no-sync', '--no-locale', ...options], {
    ...user,
    cwd: folder,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'max_connections=30',
  ];
  const server = spawn(
    program('postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const kill = () => server.kill('SIGQUIT');
  process.once('exit', kill);
  await ready(server);
  return {
    url: (database = 'postgres') => `postgresql://drift:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    async stop() {
      process.off('exit', kill);
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function program(name: string): string {
  return join(PROGRAMS ?? '', name);
}

async function ready(server: ChildProcess): Promise<void> {
  let printed = '';
  if (server.stderr === null) return;
  const lines = createInterface(server.stderr);
  for await (const line of lines) {
    printed += `${line}\n`;
    if (line.includes('database system is ready to accept connections')) {
      server.stderr.resume();
      return;
    }
  }
  throw new Error(`PostgreSQL ended before it listened:\n${printed}`);
}
