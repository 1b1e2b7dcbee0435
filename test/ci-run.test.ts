import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('../.ci/run', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ci-'));
  // Else one would be installed.
  program('chromium');
  program('make', 'echo "$1: cluster <$KUBECONFIG> assets <$(ls "$KUBEBUILDER_ASSETS" 2>/dev/null | tr "\\n" " ")>"');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A stand-in, in a folder of its own or in that of the test lab. */
function program(name: string, script = '', where = 'stand-ins'): void {
  mkdirSync(join(folder, where), { recursive: true });
  writeFileSync(join(folder, where, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, where, name), 0o755);
}

function run(env: NodeJS.ProcessEnv): string[] {
  const PATH = `${join(folder, 'stand-ins')}:${process.env.PATH ?? ''}`;
  const { stdout, stderr, status } = spawnSync(RUN, { encoding: 'utf8', env: { HOME: folder, PATH, ...env } });
  expect(status, stderr).toBe(0);
  return stdout.trim().split('\n');
}

test('.ci/run leaves the cluster alone that the shell happens to know', () => {
  expect(run({ KUBECONFIG: '/production' })).toEqual([
    'test: cluster <> assets <>',
    'lint: cluster <> assets <>',
    expect.stringContaining('The cluster tests are skipped: no TEST_KUBECONFIG, no KUBEBUILDER_ASSETS'),
  ]);
});

test('.ci/run tests in the cluster of TEST_KUBECONFIG, else in one of KUBEBUILDER_ASSETS', () => {
  const assets = join(folder, 'assets');
  program('etcd', '', 'assets');
  const given = { KUBECONFIG: '/production', KUBEBUILDER_ASSETS: assets };
  expect(run(given).at(-1)).toBe('test-cluster: cluster <> assets <etcd >');
  expect(run({ ...given, TEST_KUBECONFIG: '/test' }).at(-1)).toBe('test-cluster: cluster </test> assets <etcd >');
});

test('.ci/run finds the programs that the test lab has built', () => {
  program('etcd', '', '.cache/drift-lab/bin');
  program('kubecp', '', '.cache/drift-lab/bin');
  expect(run({}).at(-1)).toBe('test-cluster: cluster <> assets <etcd kube-apiserver kube-controller-manager >');
});
