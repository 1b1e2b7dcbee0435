/**
 * Finds the cluster of the tests: the one of KUBECONFIG, else one started from the programs in KUBEBUILDER_ASSETS (etcd and
 * kube-apiserver, and kube-controller-manager where it is there too), which ends with the tests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { connect, eventually } from './api.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the kubeconfig of a cluster's administrator; empty: there is none. */
    kubeconfig: string;
    /** Why there is none, in words. */
    noCluster: string;
    /** Whether CronJobs fire and Jobs make pods. */
    controllers: boolean;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { KUBECONFIG, KUBEBUILDER_ASSETS } = process.env;
  const started = KUBECONFIG || !KUBEBUILDER_ASSETS ? undefined : await start(KUBEBUILDER_ASSETS);
  const kubeconfig = KUBECONFIG ?? started?.kubeconfig ?? '';
  const noCluster = kubeconfig === '' ? 'no cluster: neither KUBECONFIG nor KUBEBUILDER_ASSETS is set' : '';
  if (noCluster !== '') console.warn(`The cluster tests are skipped, ${noCluster}`);
  project.provide('kubeconfig', kubeconfig);
  project.provide('noCluster', noCluster);
  project.provide('controllers', kubeconfig !== '' && (await hasControllers(kubeconfig)));
  return async () => started?.stop();
}

/** The first thing that controllers make in a namespace is its ServiceAccount. */
async function hasControllers(kubeconfig: string): Promise<boolean> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  const found = async () => ((await connect(kubeconfig).get(path)).status === 200 ? true : undefined);
  return await eventually('a ServiceAccount', found, 15).catch(() => false);
}

interface ControlPlane {
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

async function start(assets: string): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
  const running: ChildProcess[] = [];
  const run = (program: string, flags: Readonly<Record<string, string>>): void => {
    const log = openSync(join(folder, `${program}.log`), 'w');
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    running.push(spawn(join(assets, program), args, { stdio: ['ignore', log, log], cwd: folder }));
  };
  const stop = async () => {
    for (const process of running.reverse()) await ended(process);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const [client, peer, api] = await freePorts(3);
    const file = (name: string) => join(folder, name);
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(file('sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(file('sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const token = randomBytes(16).toString('hex');
    writeFileSync(file('tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });

    run('etcd', {
      'data-dir': file('etcd'),
      'unsafe-no-fsync': 'true',
      'listen-client-urls': `http://127.0.0.1:${client}`,
      'advertise-client-urls': `http://127.0.0.1:${client}`,
      'listen-peer-urls': `http://127.0.0.1:${peer}`,
      'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
      'initial-cluster': `default=http://127.0.0.1:${peer}`,
    });
    run('kube-apiserver', {
      'etcd-servers': `http://127.0.0.1:${client}`,
      'bind-address': '127.0.0.1',
      'advertise-address': '127.0.0.1',
      'secure-port': String(api),
      'endpoint-reconciler-type': 'none',
      'cert-dir': file('certificates'),
      'token-auth-file': file('tokens.csv'),
      'anonymous-auth': 'false',
      'authorization-mode': 'RBAC',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': file('sa.pub'),
      'service-account-signing-key-file': file('sa.key'),
      'service-cluster-ip-range': '10.0.0.0/24',
    });
    // It signs for itself, so its certificate is its own authority.
    const certificate = file('certificates/apiserver.crt');
    await eventually('a certificate of kube-apiserver', async () => existsSync(certificate) || undefined);
    const kubeconfig = file('kubeconfig');
    const authority = readFileSync(certificate).toString('base64');
    writeFileSync(kubeconfig, kubeconfigOf(`https://127.0.0.1:${api}`, authority, token), { mode: 0o600 });
    await eventually('kube-apiserver being ready', async () => {
      const { status } = await connect(kubeconfig)
        .get('/readyz')
        .catch(() => ({ status: 0 }));
      return status === 200 || undefined;
    });
    if (existsSync(join(assets, 'kube-controller-manager'))) {
      run('kube-controller-manager', {
        kubeconfig,
        'leader-elect': 'false',
        'secure-port': '0',
        'use-service-account-credentials': 'true',
        'service-account-private-key-file': file('sa.key'),
      });
    }
    return { kubeconfig, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function kubeconfigOf(server: string, authority: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exit = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGTERM');
  const force = setTimeout(() => process.kill('SIGKILL'), 5000);
  await exit;
  clearTimeout(force);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return servers.map((server) => {
    const address = server.address();
    server.close();
    if (address === null || typeof address === 'string') throw new Error('no free port');
    return address.port;
  });
}
