import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1CronJob, V1Job, V1Pod } from '@kubernetes/client-node';
import { type ApiStatus, NAMESPACE, notFound } from './recorded.ts';

export interface ApiRequest {
  /** As a Role names it: `create jobs`, `get pods/log`. */
  readonly access: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** One namespace of a cluster, as its API server answers for it. Tests change it while it is asked. */
export interface ApiServer {
  readonly url: string;
  /** Path of a kubeconfig with one context `lab`. */
  readonly kubeconfig: string;
  readonly cronJobs: V1CronJob[];
  readonly jobs: V1Job[];
  readonly pods: V1Pod[];
  readonly events: object[];
  /** What pods have written, line by line. */
  readonly logs: Map<string, readonly string[]>;
  /** Answers instead of what was asked for, by access. */
  readonly refusals: Map<string, ApiStatus>;
  readonly requests: ApiRequest[];
  /** Called with a Job that was just created, as the Job controller would be. */
  onCreate: (job: V1Job) => void;
  /** Items of a list that one answer holds at most. */
  pageSize: number;
  close(): Promise<void>;
}

export async function startApiServer(): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-api-'));
  const server = createServer((request, response) => {
    answer(api, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const api: ApiServer = {
    url: `http://127.0.0.1:${port}`,
    kubeconfig: join(folder, 'config'),
    cronJobs: [],
    jobs: [],
    pods: [],
    events: [],
    logs: new Map(),
    refusals: new Map(),
    requests: [],
    onCreate: () => undefined,
    pageSize: 500,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
  writeFileSync(api.kubeconfig, kubeconfigOf(api.url));
  return api;
}

export function kubeconfigOf(server: string, namespace = NAMESPACE): string {
  return `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: '${server}', insecure-skip-tls-verify: true } }]
users: [{ name: u, user: { token: secret-token } }]
contexts: [{ name: lab, context: { cluster: c, user: u, namespace: ${namespace} } }]
current-context: lab
`;
}

const PATH = /^\/(?:apis\/batch\/v1|api\/v1)\/namespaces\/([^/]+)\/(cronjobs|jobs|pods|events)(?:\/([^/]+))?(\/log)?$/;
const VERBS: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['PATCH', 'patch'],
]);

async function answer(api: ApiServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? '', api.url);
  const [, namespace, kind = '', name, log = ''] = PATH.exec(pathname) ?? [];
  const verb = VERBS.get(request.method ?? '') ?? (name === undefined ? 'list' : 'get');
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const access = `${verb} ${kind}${log}`;
  api.requests.push({ access, query, contentType: request.headers['content-type'], body });

  const refusal = api.refusals.get(access);
  if (refusal !== undefined) return send(response, refusal.code, statusOf(refusal));
  const here = namespace === NAMESPACE;
  const items = here ? itemsOf(api, kind, query) : [];
  if (verb === 'list') return send(response, 200, page(items, query, api.pageSize));
  if (verb === 'create') {
    const job = created(body as V1Job);
    api.jobs.push(job);
    send(response, 201, job);
    return api.onCreate(job);
  }
  const found = items.find(({ metadata }) => metadata?.name === name);
  if (found === undefined) {
    const group = kind === 'pods' ? '' : '.batch';
    return send(response, 404, statusOf(notFound(`${kind}${group} "${name}"`)));
  }
  if (log !== '') return sendLog(api.logs.get(name ?? '') ?? [], query, response);
  if (verb === 'patch') Object.assign(found.spec ?? {}, (body as V1CronJob).spec);
  send(response, 200, found);
}

interface Item {
  readonly metadata?: { readonly name?: string; readonly labels?: Record<string, string> };
  readonly spec?: object;
}

function itemsOf(api: ApiServer, kind: string, query: URLSearchParams): Item[] {
  const lists: Record<string, readonly Item[]> = {
    cronjobs: api.cronJobs,
    jobs: api.jobs,
    pods: api.pods,
    events: api.events,
  };
  const selector = query.get('labelSelector') ?? '';
  const [, key = '', values = ''] = /^(\S+) in \((.*)\)$/.exec(selector) ?? /^([^=]+)=(.*)$/.exec(selector) ?? [];
  const matches = ({ metadata }: Item) => key === '' || values.split(',').includes(metadata?.labels?.[key] ?? '');
  return (lists[kind] ?? []).filter(matches);
}

function page(items: readonly Item[], query: URLSearchParams, size: number): object {
  const from = Number(query.get('continue') ?? 0);
  const to = from + Math.min(size, Number(query.get('limit') ?? size));
  const metadata = { resourceVersion: '1', ...(to < items.length && { continue: String(to) }) };
  return { kind: 'List', apiVersion: 'v1', metadata, items: items.slice(from, to) };
}

function created(job: V1Job): V1Job {
  const { generateName, name = `${generateName}abcde` } = job.metadata ?? {};
  return {
    ...job,
    metadata: { ...job.metadata, name, namespace: NAMESPACE, creationTimestamp: new Date() },
    status: {},
  };
}

function sendLog(lines: readonly string[], query: URLSearchParams, response: ServerResponse): void {
  const stamped = lines.map((line, index) => {
    const time = `2026-11-21T14:06:00.${String(index).padStart(9, '0')}Z`;
    return query.get('timestamps') === 'true' ? `${time} ${line}\n` : `${line}\n`;
  });
  response.writeHead(200, { 'content-type': 'text/plain' }).end(stamped.join(''));
}

function statusOf({ code, message, reason }: ApiStatus): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

/** Instants of the API have no fractions of a second. */
function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body).replace(/\.\d{3}Z"/g, 'Z"');
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
