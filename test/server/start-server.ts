import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../../src/config/load.ts';
import { createLogger } from '../../src/config/logger.ts';
import type { SettingName } from '../../src/config/settings.ts';
import { type CheckRunner, LocalChecks, type StartDetect } from '../../src/server/checks.ts';
import type { ServerContext } from '../../src/server/context.ts';
import { LoggerPool } from '../../src/server/logger-pool.ts';
import { createServer } from '../../src/server/server.ts';
import { parseTokens } from '../../src/server/tokens.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

export interface RunningServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly store: ObjectStore;
  readonly folder: string;
  readonly loggers: LoggerPool;
  /** What the server has logged so far, a JSON document a line. */
  log(): string;
  ask(path: string, options?: AskOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly method?: string;
  /** Sent as JSON, unless it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json<T = Record<string, unknown>>(): T;
}

export interface ServerOptions {
  /** Name and scopes by token. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Partial<Record<SettingName, string>>>;
  /** YAML. */
  readonly configFile?: string;
  readonly store?: (folder: string) => ObjectStore;
  readonly startDetect?: StartDetect;
  readonly checks?: CheckRunner;
  readonly retrain?: ServerContext['retrain'];
  readonly now?: () => number;
  readonly createLogger?: ConstructorParameters<typeof LoggerPool>[0]['createLogger'];
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A server on a free port of this machine, with a storage of its own. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'drift-server-'));
  const { now = Date.now } = options;
  const store = options.store?.(folder) ?? new DirectoryStore(folder);
  const { settings, models } = settingsOf(options);
  const lines: string[] = [];
  const stderr = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream;
  const logger = await createLogger('debug', { env: {}, stderr });
  const tokens = Object.entries(options.tokens ?? {}).map(([token, client]) => `${client} ${hashOf(token)}`);
  const loggers = new LoggerPool({
    store,
    logPathTemplate: settings.logPathTemplate,
    bufferBytes: settings.serveBufferMib * 1024 * 1024,
    spillDirectory: settings.serveSpillDirectory,
    closePatienceMs: 100,
    logger,
    now,
    ...(options.createLogger && { createLogger: options.createLogger }),
  });
  const detect = options.startDetect ?? (() => ({ ended: Promise.resolve({ exitCode: 0, lastLine: '' }), stop() {} }));
  const app = await createServer({
    settings,
    models,
    store,
    loggers,
    checks: options.checks ?? new LocalChecks(detect, now),
    retrain: options.retrain,
    tokens: parseTokens(tokens.join('\n'), 'tokens'),
    logger,
    now,
    version: '1.2.3',
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    store,
    folder,
    loggers,
    log: () => lines.join(''),
    ask: (path, asked) => ask(url, path, asked),
    async close() {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function settingsOf({ settings = {}, configFile }: ServerOptions) {
  const configuration = loadConfiguration({
    flags: new Map(Object.entries(settings) as [SettingName, string][]),
    configFile: configFile === undefined ? undefined : 'drift.yaml',
    readFile: () => configFile ?? '',
    env: {},
  });
  const { settings: resolved } = configuration;
  const models = resolved.models.map(({ name, version }) => ({
    model: { name, version },
    judgement: resolved,
    alerts: resolved.alerts,
  }));
  return { settings: resolved, models };
}

/** Sends a path as it is, and whatever headers there are. */
export function ask(origin: string, path: string, { method, body, headers = {} }: AskOptions = {}): Promise<Answer> {
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: hostname,
        port,
        path,
        method: method ?? (sent === undefined ? 'GET' : 'POST'),
        headers: { ...(sent !== undefined && { 'content-type': 'application/json' }), ...headers },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: () => JSON.parse(text) });
        });
      },
    );
    asked.on('error', reject).end(sent);
  });
}
