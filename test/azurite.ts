import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';

/** A running Azurite with one account, `devstoreaccount1`, whose key is published and no secret. */
export interface Azurite {
  readonly port: number;
  /** A full connection string (account, key, blob endpoint), as `AZURE_STORAGE_CONNECTION_STRING` takes it. */
  readonly connectionString: string;
  /** The storage URL of a container, which need not exist yet. */
  url(container: string): string;
  stop(): Promise<void>;
}

const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azurite has no way to follow its parent: the IPC channel closes however the parent dies, `kill -9` included. */
const EXIT_WITH_PARENT = 'data:text/javascript,process.once("disconnect",()=>process.exit())';

/**
 * Starts the Azure Blob Storage emulator on a free port of an address of this machine, in memory, and waits until it
 * listens. It ends with `stop`, or with this process.
 *
 * @throws when the emulator ends before it listens; the message has what it printed
 */
export async function startAzurite(host = '127.0.0.1'): Promise<Azurite> {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const server = spawn(
    process.execPath,
    ['--import', EXIT_WITH_PARENT, program, '--silent', '--disableTelemetry', '--inMemoryPersistence'].concat(
      ['--skipApiVersionCheck', '--blobHost', host, '--blobPort', '0'], // 0: the system chooses a free one
    ),
    { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const port = await listeningPort(server);
  const endpoint = `http://${host}:${port}/${ACCOUNT}`;
  return {
    port,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};BlobEndpoint=${endpoint};`,
    url: (container) => `${endpoint}/${container}`,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.ref();
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
    },
  };
}

async function listeningPort(server: ChildProcess): Promise<number> {
  let printed = '';
  server.stderr?.on('data', (chunk) => {
    printed += chunk;
  });
  if (server.stdout) {
    for await (const line of createInterface(server.stdout)) {
      printed += `${line}\n`;
      const port = /listens on http:\/\/[\d.]+:(\d+)/.exec(line)?.[1];
      if (port) {
        letParentExit(server);
        return Number(port);
      }
    }
  }
  throw new Error(`Azurite ended before it listened:\n${printed}`);
}

/** A parent that has nothing left to do ends, and Azurite with it. */
function letParentExit(server: ChildProcess): void {
  server.unref();
  server.channel?.unref();
  for (const output of [server.stdout, server.stderr]) {
    output?.resume();
    if (output && 'unref' in output && typeof output.unref === 'function') output.unref();
  }
}
