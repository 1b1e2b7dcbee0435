import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const TARGETS =
  'demo test test-cov lint build generate-baseline run-drift-detection list-baselines list-reports view-metrics build-images deploy status logs trigger-job test-cluster test-synthetic bench';
const VARIABLES = 'MODEL_NAME MODEL_VERSION TRAINING_DATA STORAGE_URL IMAGE_TAG NAMESPACE';
const LATER = ['status', 'logs', 'trigger-job'];

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

test.each(LATER)('make %s says that it is not there yet, and fails', (target) => {
  const { status, stderr } = make(target);
  expect(status).toBe(2);
  expect(stderr).toContain(`make ${target} comes with`);
  expect(stderr).toContain('not there yet');
});
