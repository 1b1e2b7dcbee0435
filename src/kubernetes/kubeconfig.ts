import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { DriftMonitorError, messageOf, UsageError } from '../errors.ts';
import type { Place } from './place.ts';

export interface KubeconfigSources {
  /** File named by the user; otherwise those of `KUBECONFIG`, `~/.kube/config`, or the pod's own ServiceAccount. */
  readonly kubeconfig: string | undefined;
  /** Default: the file's current context. */
  readonly context: string | undefined;
  /** Default: the context's, or `default`. */
  readonly namespace: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const IN_CLUSTER = 'in-cluster';

/**
 * The cluster that the user means, found as kubectl finds it. `UsageError` for a file or context that was named and is not
 * there, `DriftMonitorError` where no cluster is known at all.
 */
export async function loadKubeconfig(sources: KubeconfigSources): Promise<{ config: KubeConfig; place: Place }> {
  // Takes half a second: loaded by nothing else.
  const client = await import('@kubernetes/client-node');
  const files = kubeconfigFiles(sources);
  const config = new client.KubeConfig();
  if (files.length > 0) {
    // As kubectl merges: of several entries with one name the first counts.
    const parsed = files.map((file) => parseFile(new client.KubeConfig(), file));
    config.loadFromOptions({
      clusters: firstByName(parsed.flatMap((one) => one.getClusters())),
      users: firstByName(parsed.flatMap((one) => one.getUsers())),
      contexts: firstByName(parsed.flatMap((one) => one.getContexts())),
      currentContext: parsed.map((one) => one.getCurrentContext()).find(Boolean),
    });
    chooseContext(config, sources.context, files);
  } else {
    config.loadFromCluster();
  }
  const context = files.length > 0 ? config.getCurrentContext() : IN_CLUSTER;
  const cluster = config.getCurrentCluster();
  const absent = (what: string) =>
    new DriftMonitorError(
      `the context ${context} in ${files.join(', ')} names a ${what} that is not in there; name another one with --context`,
    );
  if (cluster === null) throw absent('cluster');
  // One that names no user is anonymous on purpose, as behind `kubectl proxy`.
  if (config.getContextObject(config.getCurrentContext())?.user && config.getCurrentUser() === null)
    throw absent('user');
  // `localhost:6443` is a URL too.
  if (!/^https?:/i.test(cluster.server) || !URL.canParse(cluster.server)) {
    throw new DriftMonitorError(
      `the server ${cluster.server} of context ${context} in ${files.join(', ')} is no URL; write it as in https://10.0.0.1:6443`,
    );
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new DriftMonitorError(
      `the kubeconfig's server ${cluster.server} has no TLS; use https, or say insecure-skip-tls-verify: true there if that is meant`,
    );
  }
  const ownNamespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim();
  const namespace = sources.namespace ?? (ownNamespace || 'default');
  return { config, place: { server: cluster.server, context, namespace } };
}

/** None in a pod that has no kubeconfig, but a ServiceAccount's token. */
function kubeconfigFiles({ kubeconfig, context, env, cwd }: KubeconfigSources): string[] {
  if (kubeconfig !== undefined) {
    const file = resolve(cwd, kubeconfig);
    if (!existsSync(file)) throw new UsageError([`--kubeconfig ${kubeconfig}: there is no such file`]);
    return [file];
  }
  const advice = 'name a file with --kubeconfig; for AKS: az aks get-credentials --resource-group GROUP --name CLUSTER';
  if (env.KUBECONFIG) {
    const named = env.KUBECONFIG.split(delimiter).filter(Boolean);
    const files = named.map((file) => resolve(cwd, file)).filter((file) => existsSync(file));
    if (files.length > 0) return files;
    throw new DriftMonitorError(
      `no cluster is known: KUBECONFIG names ${named.join(', ')}, which is not there; ${advice}`,
    );
  }
  const file = join(env.HOME ?? '', '.kube', 'config');
  if (env.HOME && existsSync(file)) return [file];
  if (existsSync(SERVICE_ACCOUNT_TOKEN) && env.KUBERNETES_SERVICE_HOST && context === undefined) return [];
  throw new DriftMonitorError(
    `no cluster is known: KUBECONFIG is not set, there is no ~/.kube/config, and this is no pod with a ServiceAccount token; ${advice}`,
  );
}

function parseFile(config: KubeConfig, file: string): KubeConfig {
  try {
    config.loadFromFile(file);
    return config;
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n');
    throw new DriftMonitorError(`${file} is no kubeconfig that can be read: ${line}`, { cause: error });
  }
}

function firstByName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter(({ name }, index) => entries.findIndex((other) => other.name === name) === index);
}

function chooseContext(config: KubeConfig, wanted: string | undefined, files: readonly string[]): void {
  const known = config.getContexts().map(({ name }) => name);
  const name = wanted ?? config.getCurrentContext();
  const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  if (!name) throw new UsageError([`${files.join(', ')} has no current context; name one with --context (${list})`]);
  if (!known.includes(name)) {
    const where = wanted === undefined ? `current-context ${name}` : `--context ${name}`;
    throw new UsageError([`${where}: no such context in ${files.join(', ')} (${list})`]);
  }
  config.setCurrentContext(name);
}
