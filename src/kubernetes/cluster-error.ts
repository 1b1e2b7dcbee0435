import { DriftMonitorError } from '../errors.ts';
import { type Place, placeInWords } from './place.ts';

/** What of a request the sentence about its failure needs; the names are those of a rule in a Role. */
export interface Access {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  /** `''` is the core group. */
  readonly apiGroup: '' | 'batch';
  /** Plural, with the subresource: `cronjobs`, `pods/log`. */
  readonly resource: string;
  /** Of the one object that is meant. */
  readonly name?: string;
}

export type ClusterErrorKind =
  | 'unreachable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'already-exists'
  | 'refused'
  | 'unavailable';

/** A request to the cluster that failed, as one sentence with what to do. */
export class ClusterError extends DriftMonitorError {
  override name = 'ClusterError';
  readonly kind: ClusterErrorKind;

  constructor(kind: ClusterErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** Whether the same request may succeed a little later. */
  get isTransient(): boolean {
    return this.kind === 'unreachable' || this.kind === 'unavailable';
  }
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['cronjobs', 'CronJob'],
  ['jobs', 'Job'],
  ['pods', 'pod'],
  ['pods/log', 'log of the pod'],
]);

const NETWORK: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'has no address; check the server in the kubeconfig, the DNS and the VPN (a private cluster?)'],
  ['EAI_AGAIN', 'has no address, because DNS does not answer; check the network'],
  ['ECONNREFUSED', 'refuses connections; check that the cluster runs and that the kubeconfig is current'],
  ['ECONNRESET', 'cuts connections; check the network, proxies and firewalls between'],
  ['UND_ERR_SOCKET', 'cuts connections; check the network, proxies and firewalls between'],
  ['EPIPE', 'cuts connections; check the network, proxies and firewalls between'],
  ['ETIMEDOUT', 'does not answer; check the network, the VPN and the authorised IP ranges of the cluster'],
  [
    'UND_ERR_CONNECT_TIMEOUT',
    'does not answer; check the network, the VPN and the authorised IP ranges of the cluster',
  ],
  ['TimeoutError', 'does not answer in time; check the network, the VPN and the authorised IP ranges of the cluster'],
  ['EHOSTUNREACH', 'cannot be reached; check the network and the VPN'],
  ['ENETUNREACH', 'cannot be reached; check the network and the VPN'],
]);

const CERTIFICATE: ReadonlyMap<string, string> = new Map([
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'was issued for other names than this one'],
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
]);

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|CERT|SIGNATURE/;

interface Failure {
  readonly name: string;
  readonly message: string;
  /** Of the socket, of TLS or of a child process. */
  readonly code?: string;
  readonly syscall?: string;
  /** HTTP */
  readonly status?: number;
  readonly body?: unknown;
}

/** A failed request as the error to show. `plugin` is the program that the kubeconfig gets credentials from. */
export function clusterError(error: unknown, access: Access, place: Place, plugin?: string): ClusterError {
  if (error instanceof ClusterError) return error;
  const failure = failureOf(error);
  const { status } = failure;
  if (status !== undefined) return answered(status, messageOf(failure.body), access, place);
  const kind = isTls(failure.code) || isPlugin(failure, plugin) ? 'refused' : 'unreachable';
  // The client's own message has headers and body of the request: not for a log.
  return new ClusterError(kind, notAnswered(failure, place, plugin), { cause: new Error(failure.message) });
}

function answered(status: number, message: string | undefined, access: Access, place: Place): ClusterError {
  const { server } = place;
  if (status === 401) {
    return new ClusterError(
      'unauthenticated',
      `${server} does not accept the credentials of context ${place.context} (401): they have expired or were revoked; sign in ` +
        'again (AKS: az login, then az aks get-credentials), or name another context with --context',
    );
  }
  if (message === undefined) {
    const text = `${server} answered ${status}, but not as Kubernetes does; check the server in the kubeconfig, and proxies between`;
    return new ClusterError(status >= 500 ? 'unavailable' : 'refused', text);
  }
  if (status === 403) return new ClusterError('forbidden', forbidden(message, access, place));
  if (status === 404) {
    const missing = /^namespaces "/.test(message)
      ? `namespace ${place.namespace} (context ${place.context}, ${server})`
      : `${KINDS.get(access.resource) ?? access.resource} ${access.name ?? ''} in ${placeInWords(place)}`;
    return new ClusterError('not-found', `there is no ${missing}; check the name, --namespace and --context`);
  }
  if (status === 409 && / already exists$/.test(message)) {
    return new ClusterError('already-exists', `${message} in ${placeInWords(place)}`);
  }
  if (status === 429 || status >= 500) {
    return new ClusterError('unavailable', `${server} cannot answer now (${status}): ${message}; try again`);
  }
  return new ClusterError('refused', `cannot ${inWords(access)} in ${placeInWords(place)} (${status}): ${message}`);
}

/** RBAC says who cannot do what; the other 403 are admission's: pod security, quota, a namespace that is being deleted. */
function forbidden(message: string, access: Access, place: Place): string {
  const [, user] = /User "([^"]*)" cannot /.exec(message) ?? [];
  if (user === undefined) {
    return `the rules of the cluster do not let you ${inWords(access)} in ${placeInWords(place)}: ${message}`;
  }
  return (
    `forbidden: ${user} may not ${inWords(access)} in ${placeInWords(place)}; this rule in a Role of that namespace, bound to ` +
    `${user} by a RoleBinding, would allow it: ${rule(access)}`
  );
}

/** The rule of a Role that permits a request, as YAML on one line. */
export function rule({ apiGroup, resource, verb }: Access): string {
  return `- { apiGroups: ["${apiGroup}"], resources: ["${resource}"], verbs: ["${verb}"] }`;
}

function inWords({ verb, resource, apiGroup, name }: Access): string {
  const group = apiGroup === '' ? '' : ` (API group ${apiGroup})`;
  return `${verb} ${resource}${group}${name === undefined ? '' : ` ${name}`}`;
}

function notAnswered({ name, message, code, syscall }: Failure, { server }: Place, plugin: string | undefined): string {
  const { host } = new URL(server);
  if (plugin !== undefined && syscall?.startsWith('spawn')) {
    return `${plugin}, which the kubeconfig gets credentials from, cannot be run (${code}); install it or name another context with --context`;
  }
  const network = NETWORK.get(code ?? name);
  if (network !== undefined) return `${host} ${network} (${code ?? name})`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO') {
    return `${host} does not speak TLS (${code}); check https and the port of the server in the kubeconfig`;
  }
  if (isTls(code)) {
    const fault = CERTIFICATE.get(code ?? '') ?? "is not signed by the kubeconfig's certificate authority";
    return `the certificate of ${host} ${fault} (${code}); the kubeconfig may be of another cluster, or a proxy stands between`;
  }
  const [line = ''] = message.trim().split('\n');
  if (plugin !== undefined) {
    return `${plugin}, which the kubeconfig gets credentials from, failed: ${line}; sign in again (AKS: az login)`;
  }
  return `${host}: ${line || (code ?? name)}`;
}

function isTls(code: string | undefined): boolean {
  return code !== undefined && (CERTIFICATE.has(code) || code.startsWith('ERR_SSL') || UNTRUSTED.test(code));
}

/** The request was never sent. */
function isPlugin({ name, code, syscall }: Failure, plugin: string | undefined): boolean {
  return plugin !== undefined && (syscall?.startsWith('spawn') === true || !NETWORK.has(code ?? name));
}

/** Of an answer that is Kubernetes' own. */
function messageOf(body: unknown): string | undefined {
  const status = typeof body === 'string' ? parsed(body) : body;
  if (typeof status !== 'object' || status === null || Reflect.get(status, 'kind') !== 'Status') return undefined;
  const message: unknown = Reflect.get(status, 'message');
  return typeof message === 'string' ? message : 'no reason given';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` wraps what happened to the socket. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  if ('body' in error && 'code' in error && typeof error.code === 'number') {
    return { name: error.name, message: `HTTP ${error.code}`, status: error.code, body: error.body };
  }
  if (error.cause instanceof Error) return failureOf(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const syscall = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : undefined;
  const { name, message } = error;
  return { name, message, ...(code && { code }), ...(syscall && { syscall }) };
}
