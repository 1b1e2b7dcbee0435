import type { BatchV1Api, CoreV1Api, CoreV1Event, Middleware, V1CronJob, V1Job, V1Pod } from '@kubernetes/client-node';
import { type Access, clusterError } from './cluster-error.ts';
import { type KubeconfigSources, loadKubeconfig } from './kubeconfig.ts';
import type { Place } from './place.ts';

/** Of a request that is answered at once; a log may take its time. */
const REQUEST_TIMEOUT_MS = 15_000;
/** The API's page size for lists. */
const PAGE = 500;

/** What the program asks a cluster for, all in one namespace. Every method throws `ClusterError`, which says what to do. */
export interface Cluster {
  readonly place: Place;
  listCronJobs(labelSelector: string): Promise<V1CronJob[]>;
  getCronJob(name: string): Promise<V1CronJob>;
  /** `patch` is merged into the object (RFC 7386). */
  patchCronJob(name: string, patch: object): Promise<V1CronJob>;
  createJob(job: V1Job): Promise<V1Job>;
  getJob(name: string): Promise<V1Job>;
  listJobs(): Promise<V1Job[]>;
  /** With its pods. */
  deleteJob(name: string): Promise<void>;
  getPod(name: string): Promise<V1Pod>;
  listPods(labelSelector: string): Promise<V1Pod[]>;
  /** What controllers have reported about an object in the last hour. */
  listEvents(kind: string, name: string): Promise<CoreV1Event[]>;
  createEvent(event: CoreV1Event): Promise<CoreV1Event>;
  openLog(pod: string, container: string, options: LogOptions): Promise<AsyncIterable<Uint8Array>>;
}

export interface LogOptions {
  /** Stays open until the container ends; connections may break earlier. */
  readonly follow: boolean;
  /** Puts a time before each line (RFC 3339, nanoseconds). */
  readonly timestamps: boolean;
  /** Seconds of the past that are wanted; default: everything. */
  readonly sinceSeconds?: number;
  /** Ends the reading with an error. */
  readonly signal?: AbortSignal;
}

/** Finds the cluster and the credentials; nothing is sent yet. */
export async function connect(sources: KubeconfigSources): Promise<Cluster> {
  const { config, place } = await loadKubeconfig(sources);
  const client = await import('@kubernetes/client-node');
  const { namespace } = place;
  const exec: unknown = config.getCurrentUser()?.exec;
  const plugin = typeof exec === 'object' && exec !== null ? String(Reflect.get(exec, 'command')) : undefined;

  const pool = oneConnectionPool();
  const configure = (middleware: Middleware) =>
    client.createConfiguration({
      baseServer: new client.ServerConfiguration(place.server, {}),
      authMethods: { default: config },
      promiseMiddleware: [pool, middleware],
    });
  const answeredAtOnce = configure(untilSignal(() => AbortSignal.timeout(REQUEST_TIMEOUT_MS)));
  const batch: BatchV1Api = new client.BatchV1Api(answeredAtOnce);
  const core: CoreV1Api = new client.CoreV1Api(answeredAtOnce);

  const ask = async <T>(access: Access, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw clusterError(error, access, place, plugin);
    }
  };
  const cronJobs = { apiGroup: 'batch', resource: 'cronjobs' } as const;
  const jobs = { apiGroup: 'batch', resource: 'jobs' } as const;
  const pods = { apiGroup: '', resource: 'pods' } as const;

  return {
    place,
    listCronJobs: (labelSelector) =>
      ask({ verb: 'list', ...cronJobs }, () =>
        allPages((page) => batch.listNamespacedCronJob({ namespace, labelSelector, ...page })),
      ),
    getCronJob: (name) =>
      ask({ verb: 'get', ...cronJobs, name }, () => batch.readNamespacedCronJob({ namespace, name })),
    patchCronJob: (name, body) =>
      ask({ verb: 'patch', ...cronJobs, name }, () =>
        batch.patchNamespacedCronJob(
          { namespace, name, body },
          client.setHeaderOptions('Content-Type', client.PatchStrategy.MergePatch),
        ),
      ),
    createJob: (body) => ask({ verb: 'create', ...jobs }, () => batch.createNamespacedJob({ namespace, body })),
    getJob: (name) => ask({ verb: 'get', ...jobs, name }, () => batch.readNamespacedJob({ namespace, name })),
    listJobs: () =>
      ask({ verb: 'list', ...jobs }, () => allPages((page) => batch.listNamespacedJob({ namespace, ...page }))),
    deleteJob: (name) =>
      ask({ verb: 'delete', ...jobs, name }, async () => {
        await batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background' });
      }),
    getPod: (name) => ask({ verb: 'get', ...pods, name }, () => core.readNamespacedPod({ namespace, name })),
    listPods: (labelSelector) =>
      ask({ verb: 'list', ...pods }, () =>
        allPages((page) => core.listNamespacedPod({ namespace, labelSelector, ...page })),
      ),
    listEvents: (kind, name) => {
      const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
      return ask({ verb: 'list', apiGroup: '', resource: 'events' }, () =>
        allPages((page) => core.listNamespacedEvent({ namespace, fieldSelector, ...page })),
      );
    },
    createEvent: (body) =>
      ask({ verb: 'create', apiGroup: '', resource: 'events' }, () => core.createNamespacedEvent({ namespace, body })),
    openLog: (pod, container, { signal, ...options }) => {
      const access: Access = { verb: 'get', apiGroup: '', resource: 'pods/log', name: pod };
      return ask(access, async () => {
        const body = unreadBody(client.ResponseContext, signal);
        const api = new client.CoreV1Api(configure(body));
        await api.readNamespacedPodLog({ namespace, name: pod, container, ...options });
        return body.stream();
      });
    },
  };
}

interface Page<T> {
  readonly items: T[];
  readonly metadata?: { readonly _continue?: string };
}

async function allPages<T>(list: (page: { limit: number; _continue?: string }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const page = await list({ limit: PAGE, ...(next && { _continue: next }) });
    items.push(...page.items);
    next = page.metadata?._continue;
  } while (next);
  return items;
}

/** The client makes new connections for each request; those of the first one serve the others. */
function oneConnectionPool(): Middleware {
  type Dispatcher = ReturnType<Parameters<Middleware['pre']>[0]['getDispatcher']>;
  let first: Dispatcher;
  return {
    pre: async (request) => {
      first ??= request.getDispatcher();
      if (first !== undefined) request.setDispatcher(first);
      return request;
    },
    post: async (response) => response,
  };
}

function untilSignal(signal: () => AbortSignal): Middleware {
  return {
    pre: async (request) => {
      request.setSignal(signal());
      return request;
    },
    post: async (response) => response,
  };
}

/** Keeps the body of a good answer to be read as it comes; the client would wait for its end. */
function unreadBody(ResponseContext: typeof import('@kubernetes/client-node').ResponseContext, signal?: AbortSignal) {
  let kept: AsyncIterable<Uint8Array> | null = null;
  return {
    pre: async (request) => {
      if (signal !== undefined) request.setSignal(signal);
      return request;
    },
    post: async (response) => {
      if (response.httpStatusCode !== 200) return response;
      kept = response.body.stream();
      const empty = { text: async () => '', binary: async () => Buffer.alloc(0), stream: () => null };
      return new ResponseContext(200, { 'content-type': 'text/plain' }, empty);
    },
    stream: () => kept ?? noBytes(),
  } satisfies Middleware & { stream(): AsyncIterable<Uint8Array> };
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
