import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { type KubeconfigSources, loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { kubeconfigOf } from './api-server.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function place(sources: Partial<KubeconfigSources>) {
  const given = { kubeconfig: undefined, context: undefined, namespace: undefined, env: {}, cwd: folder, ...sources };
  return (await loadKubeconfig(given)).place;
}

test('a named file wins over KUBECONFIG, that over ~/.kube/config', async () => {
  mkdirSync(join(folder, '.kube'));
  write('.kube/config', kubeconfigOf('https://home'));
  const env = { HOME: folder, KUBECONFIG: write('environment', kubeconfigOf('https://environment')) };
  write('named', kubeconfigOf('https://named'));
  expect((await place({ env: { HOME: folder } })).server).toBe('https://home');
  expect((await place({ env })).server).toBe('https://environment');
  expect((await place({ env, kubeconfig: 'named' })).server).toBe('https://named');
});

test('the namespace is the one that was named, else that of the context, else default', async () => {
  const kubeconfig = write('config', kubeconfigOf('https://c', 'monitoring'));
  const bare = write('bare', kubeconfigOf('https://c', "''"));
  expect((await place({ kubeconfig, namespace: 'team' })).namespace).toBe('team');
  expect((await place({ kubeconfig })).namespace).toBe('monitoring');
  expect((await place({ kubeconfig: bare })).namespace).toBe('default');
});

test('of several files in KUBECONFIG the first entry of a name counts, and files that are not there do not', async () => {
  const first = write('first', kubeconfigOf('https://first'));
  const second = write('second', kubeconfigOf('https://second').replaceAll('lab', 'other'));
  const env = { KUBECONFIG: `${join(folder, 'absent')}:${first}:${second}` };
  expect(await place({ env })).toMatchObject({ context: 'lab', server: 'https://first' });
  expect(await place({ env, context: 'other' })).toMatchObject({ context: 'other', server: 'https://first' });
});

test('no cluster: where one was looked for, and how to get one', async () => {
  await expect(place({ env: { HOME: folder } })).rejects.toThrow(
    'no cluster is known: KUBECONFIG is not set, there is no ~/.kube/config, and this is no pod with a ServiceAccount token; ' +
      'name a file with --kubeconfig; for AKS: az aks get-credentials --resource-group GROUP --name CLUSTER',
  );
  await expect(place({ env: { KUBECONFIG: '/no/where' } })).rejects.toThrow(
    'no cluster is known: KUBECONFIG names /no/where, which is not there',
  );
});

test('a file or context that was named and is not there is bad usage', async () => {
  const kubeconfig = write('config', kubeconfigOf('https://c'));
  const errors = await Promise.all(
    [{ kubeconfig: 'absent' }, { kubeconfig, context: 'prod' }].map((sources) =>
      place(sources).catch((error) => error),
    ),
  );
  expect(errors.map((error) => error instanceof UsageError)).toEqual([true, true]);
  expect(errors.map(({ message }) => message)).toEqual([
    '--kubeconfig absent: there is no such file',
    `--context prod: no such context in ${kubeconfig} (it has lab)`,
  ]);
});

test.each([
  ['', /is no kubeconfig that can be read/],
  ['{ a: [', /is no kubeconfig that can be read/],
  [
    kubeconfigOf('https://c').replace('current-context: lab', ''),
    /no current context; name one with --context \(it has lab\)/,
  ],
  [kubeconfigOf('https://c').replace('cluster: c,', 'cluster: d,'), /names a cluster that is not in there/],
  [
    kubeconfigOf('https://c').replace('user: u,', 'user: v,'),
    /the context lab in .*config names a user that is not in there; name another one with --context/,
  ],
  [
    kubeconfigOf('http://c').replace(', insecure-skip-tls-verify: true', ''),
    /server http:\/\/c has no TLS; use https, or say insecure-skip-tls-verify: true/,
  ],
  [
    kubeconfigOf('10.0.0.1:6443'),
    /the server 10\.0\.0\.1:6443 of context lab in .*config is no URL; write it as in https:/,
  ],
  [kubeconfigOf('localhost:6443'), /the server localhost:6443 of context lab in .*config is no URL/],
])('a kubeconfig that cannot be used says why: %#', async (text, words) => {
  await expect(place({ kubeconfig: write('config', text) })).rejects.toThrow(words);
});

test('a context without a user is anonymous, as behind kubectl proxy', async () => {
  const kubeconfig = write('config', kubeconfigOf('https://c').replace('user: u,', ''));
  expect((await place({ kubeconfig })).server).toBe('https://c');
});
