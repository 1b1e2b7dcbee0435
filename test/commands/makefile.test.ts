import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const TARGETS =
  'demo test test-cov lint build generate-baseline run-drift-detection list-baselines list-reports view-metrics build-images deploy status logs trigger-job test-cluster test-synthetic bench serve';
const VARIABLES = 'MODEL_NAME MODEL_VERSION TRAINING_DATA STORAGE_URL IMAGE_TAG NAMESPACE';

function make(...args: string[]) {
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const { PATH = '' } = process.env;
  return spawnSync('make', ['--no-print-directory', ...args], { cwd, env: { PATH }, encoding: 'utf8' });
}

test('make help lists every target and variable, and is what make alone does', () => {
  const { status, stdout } = make('help');
  expect(status).toBe(0);
  for (const target of TARGETS.split(' ')) expect(stdout).toMatch(new RegExp(`^  ${target} +\\S`, 'm'));
  for (const variable of VARIABLES.split(' ')) expect(stdout).toMatch(new RegExp(`^  ${variable} +\\S`, 'm'));
  expect(stdout).toContain('exit code 2');
  expect(make().stdout).toBe(stdout);
});

test('a value with spaces and quotes stays one word', () => {
  const { status, stdout } = make('help', `MODEL_NAME=it's "a" name`);
  expect(status).toBe(0);
  expect(stdout).toContain(`(now it's "a" name)`);
});

test('packages are installed anew for another lock file, and not because package.json was touched', () => {
  const steps = (...args: string[]) => make('--dry-run', ...args, 'node_modules/.package-lock.json').stdout;
  expect(steps('--what-if=package-lock.json')).toContain('npm ci');
  expect(steps('--old-file=package-lock.json', '--what-if=package.json')).not.toContain('npm ci');
});

test.each(['status', 'logs', 'trigger-job'])('make %s operates the job, and says what is in the way', (target) => {
  const { status, stderr } = make(target, 'KUBECONFIG=/no/where');
  expect(status).toBe(2);
  expect(stderr).toContain('drift-monitor: no cluster is known: KUBECONFIG names /no/where, which is not there');
});
