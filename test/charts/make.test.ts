import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-'));
  mkdirSync(join(folder, 'bin'));
  for (const tool of ['make', 'sh', 'cat']) symlinkSync(which(tool), join(folder, 'bin', tool));
});
afterEach(() => rmSync(folder, { recursive: true }));

function which(tool: string): string {
  return spawnSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
}

/** A stand-in on the PATH that prints its name and arguments, one a line. */
function tool(name: string, script = ''): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!${join(folder, 'bin', 'sh')}\n${script}\nprintf '<%s>\\n' ${name} "$@"\n`);
  chmodSync(path, 0o755);
}

function make(...args: string[]) {
  const env = { PATH: join(folder, 'bin') };
  return spawnSync(join(env.PATH, 'make'), ['--no-print-directory', ...args], { cwd: ROOT, env, encoding: 'utf8' });
}

const SIZE = 'if [ "$2" = inspect ]; then echo 104857600; exit; fi';

describe('make build-images', () => {
  test('builds with docker where its daemon answers, and says with what and how large it is', () => {
    tool('docker', SIZE);
    tool('podman', 'exit 9');
    const { status, stdout } = make('build-images', 'IMAGE_TAG=v0.1');
    expect(status).toBe(0);
    expect(stdout).toContain('<docker>\n<build>\n<--tag>\n<drift-monitor:v0.1>\n<.>');
    expect(stdout).toContain('Built drift-monitor:v0.1 with docker: 100 MiB unpacked');
  });

  test('builds with podman where there is no docker, or only its client', () => {
    tool('podman', SIZE);
    expect(make('build-images').stdout).toContain('Built drift-monitor:dev with podman');
    tool('docker', 'exit 1');
    expect(make('build-images').stdout).toContain('Built drift-monitor:dev with podman');
  });

  test('builds for another processor when asked', () => {
    tool('docker', SIZE);
    const { stdout } = make('build-images', 'IMAGE_PLATFORM=linux/arm64', 'IMAGE_REPOSITORY=ml/drift');
    expect(stdout).toContain('<ml/drift:dev>\n<--platform>\n<linux/arm64>\n<.>');
  });

  test('says that neither is there, and fails', () => {
    const { status, stderr } = make('build-images');
    expect(status).toBe(2);
    expect(stderr).toContain('needs docker with its daemon running, or podman; neither is there');
  });

  test('fails when the build does, without a word about a size', () => {
    tool('docker', '[ "$1" != build ] || exit 1');
    const { status, stdout } = make('build-images');
    expect(status).toBe(2);
    expect(stdout).not.toContain('Built');
  });
});

describe('make deploy', () => {
  test('installs or upgrades with what was said, each value one word', () => {
    tool('helm');
    const { status, stdout } = make(
      ...['deploy', 'STORAGE_URL=https://a.example/c,d', 'MODEL_NAME=churn', 'MODEL_VERSION=7', 'NAMESPACE=ml'],
      ...['IMAGE_REPOSITORY=ml/drift', 'IMAGE_TAG=1', 'HELM_FLAGS=--set suspend=true'],
    );
    expect(status).toBe(0);
    expect(stdout).toContain('<upgrade>\n<--install>\n<drift-monitor>\n<charts/drift-monitor>\n<--namespace>\n<ml>');
    expect(stdout).toContain('<--set-literal>\n<storage.url=https://a.example/c,d>');
    expect(stdout).toContain('<models[0].name=churn>\n<--set-string>\n<models[0].version=7>');
    expect(stdout).toContain('<image.repository=ml/drift>\n<--set-string>\n<image.tag=1>\n<--set>\n<suspend=true>');
  });

  test('says that helm is missing, or that the storage is', () => {
    expect(make('deploy', 'STORAGE_URL=file:/data').stderr).toContain('needs helm (3.18 or newer)');
    tool('helm');
    const { status, stderr } = make('deploy');
    expect(status).toBe(2);
    expect(stderr).toContain('STORAGE_URL=https://ACCOUNT');
  });
});
