import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveReport } from '../../src/report/store.ts';
import { openStore } from '../../src/storage/open.ts';
import { type ApiServer, kubeconfigOf, startApiServer } from '../kubernetes/api-server.ts';
import * as recorded from '../kubernetes/recorded.ts';
import { aReport } from '../report/a-report.ts';
import { drift } from './built-program.ts';

const { aCronJob, aJob, aPod, exited } = recorded;

let api: ApiServer;
beforeEach(async () => {
  api = await startApiServer();
  api.cronJobs.push(aCronJob());
});
afterEach(() => api.close());

/** Without the lines that are logged, which are told elsewhere. */
async function job(...args: readonly string[]) {
  return drift(['job', ...args], { env: { KUBECONFIG: api.kubeconfig, DRIFT_LOG_LEVEL: 'warn' } });
}

/** A run that is over as soon as it is created. */
function runsEnd(job: typeof recorded.COMPLETE, pod: ReturnType<typeof exited>, lines: readonly string[] = []) {
  api.onCreate = ({ metadata }) => {
    const name = metadata?.name ?? '';
    const [created] = api.jobs.splice(-1);
    api.jobs.push({ ...aJob(name, job), ...(created?.spec && { spec: created.spec }) });
    api.pods.push(aPod(name, pod));
    api.logs.set(`${name}-pod0`, lines);
  };
}

describe('job status', () => {
  test('schedule, next run, how runs ended and why, and that the report is not known here', async () => {
    const runs = [
      ['done', recorded.COMPLETE, exited(0)],
      ['memory', recorded.BACKOFF_LIMIT, recorded.OUT_OF_MEMORY],
      ['found', recorded.POD_FAILURE_POLICY, exited(3)],
      ['image', {}, recorded.IMAGE_PULL],
    ] as const;
    runs.forEach(([name, status, pod], index) => {
      api.jobs.push(aJob(name, status, new Date(Date.parse('2026-11-21T14:05:23Z') - index * 60_000)));
      api.pods.push(aPod(name, pod));
    });
    const { code, stdout, stderr } = await job('status', '--model-name', 'churn', '--storage-url', 'file:./absent');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`CronJob:      r-drift-monitor in namespace team (context lab, ${api.url})\n`);
    expect(stdout).toContain('Schedule:     7 * * * *, Europe/Berlin\n');
    expect(stdout).toMatch(/^Next run: {5}\d{4}-\d\d-\d\d \d\d:07 UTC, in \d+ (min|s)/m);
    expect(stdout).toMatch(/^Last success: 2026-11-21 14:07 UTC, /m);
    expect(stdout).toMatch(/^done +2026-11-21 14:05 UTC +11 s +finished \(exit 0\)$/m);
    expect(stdout).toMatch(/^memory .* out of memory, 2 attempts$/m);
    expect(stdout).toMatch(/^found .* found what --fail-on names \(exit 3\)$/m);
    expect(stdout).toMatch(/^image .* image cannot be pulled$/m);
    expect(stdout).toMatch(/^ {2}memory: .*limit of 512Mi; raise resources\.limits\.memory$/m);
    expect(stdout).toMatch(/^ {2}found: .*: drift-monitor job logs --job found$/m);
    expect(stdout).toMatch(/^Latest report:\n {2}churn: not known here: there is no report .*absent/m);
  });

  test('as a document: instants, seconds and exit codes, and the verdict of the latest report', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'job-status-'));
    const storage = `file:${folder}`;
    await saveReport(
      await openStore(storage, { env: {}, cwd: '/' }),
      aReport('2026-11-21T14:00:00Z', { driftScore: 0.25 }),
    );
    api.jobs.push(aJob('memory', recorded.BACKOFF_LIMIT));
    api.pods.push(aPod('memory', recorded.OUT_OF_MEMORY));
    api.cronJobs[0]!.spec!.suspend = true;
    const { model } = aReport('2026-11-21T14:00:00Z');
    const { code, stdout } = await job('status', '--json', '--model-name', model.name, '--storage-url', storage);
    await rm(folder, { recursive: true });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      server: api.url,
      context: 'lab',
      namespace: 'team',
      cronJob: 'r-drift-monitor',
      schedule: '7 * * * *',
      timeZone: 'Europe/Berlin',
      suspended: true,
      nextRun: null,
      lastSuccessAt: '2026-11-21T14:07:01.000Z',
      runs: [
        {
          job: 'memory',
          manual: false,
          startedAt: '2026-11-21T14:05:23.000Z',
          finishedAt: '2026-11-21T14:05:34.000Z',
          durationSeconds: 11,
          state: 'failed',
          reason: 'OOMKilled',
          exitCode: 137,
          summary: 'out of memory, 2 attempts',
          explanation: 'used more memory than its limit of 512Mi; raise resources.limits.memory',
        },
      ],
      latestReports: [
        {
          model: model.name,
          version: model.version,
          status: expect.any(String),
          driftScore: 0.25,
          windowTo: '2026-11-21T14:00:00.000Z',
          criticalAlerts: 0,
        },
      ],
    });
  });

  test('pods that may not be read hide nothing else', async () => {
    api.jobs.push(aJob('failed', recorded.BACKOFF_LIMIT));
    api.refusals.set('list pods', recorded.forbidden('list', 'pods', ''));
    const { code, stdout, stderr } = await job('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^failed .* failed: BackoffLimitExceeded$/m);
    expect(stderr).toContain('resources: [\\"pods\\"], verbs: [\\"list\\"]');
  });

  test('text of the cluster does nothing to a terminal', async () => {
    api.jobs.push(aJob('evil', recorded.BACKOFF_LIMIT));
    api.pods.push(aPod('evil', exited(1, 'Error', '\u001b]0;owned\u0007\u202e')));
    api.cronJobs[0]!.spec!.schedule = '\u001b[2J';
    const { stdout } = await job('status');
    expect(stdout).toContain('evil: error (exit 1), 2 attempts: \\u{1b}]0;owned\\u{7}\\u{202e}');
    expect(stdout).not.toMatch(/[^\n\P{C}]/u);
  });
});

describe('job trigger', () => {
  test('prints the name of the new run, and hands on what stands behind --', async () => {
    const { code, stdout, stderr } = await job(
      'trigger',
      '--namespace',
      'team',
      '--',
      '--at',
      '2026-11-20T00:00:00Z',
      '--wait',
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'r-drift-monitor-manual-abcde\n', stderr: '' });
    expect(api.jobs[0]?.spec?.template.spec?.containers[0]?.args).toEqual([
      'detect',
      '--model-name',
      'churn',
      '--at',
      '2026-11-20T00:00:00Z',
      '--wait',
    ]);
  });

  test('with --wait and --follow: its log, its end and exit code 0', async () => {
    runsEnd(recorded.COMPLETE, exited(0), ['reading', 'Drift score:\t24.8%', '\u001b[31mred']);
    const { code, stdout } = await job('trigger', '--wait', '--follow');
    expect(code).toBe(0);
    expect(stdout).toBe('r-drift-monitor-manual-abcde\nreading\nDrift score:\t24.8%\n\\u{1b}[31mred\n');
  });

  test.each([
    [3, recorded.POD_FAILURE_POLICY, exited(3), 'found what --fail-on names (exit 3)'],
    [2, recorded.POD_FAILURE_POLICY, exited(2), 'bad usage or configuration (exit 2)'],
    [1, recorded.BACKOFF_LIMIT, recorded.OUT_OF_MEMORY, 'failed after 11 s: out of memory, 2 attempts: used more'],
  ])('with --wait it exits as the run did: %i', async (code, status, pod, words) => {
    runsEnd(status, pod);
    const waited = await job('trigger', '--wait');
    expect(waited.code).toBe(code);
    expect(waited.stderr).toContain(words);
    expect(waited.stdout).toBe('r-drift-monitor-manual-abcde\n');
  });

  test('with --json stdout is one document, the log goes to stderr', async () => {
    runsEnd(recorded.POD_FAILURE_POLICY, exited(3), ['reading']);
    const { code, stdout, stderr } = await job('trigger', '--wait', '--follow', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      namespace: 'team',
      cronJob: 'r-drift-monitor',
      job: 'r-drift-monitor-manual-abcde',
      run: { manual: false, state: 'failed', exitCode: 3 },
    });
    expect(stderr).toContain('reading\n');
  });

  test('what may not be created: the rule that would allow it', async () => {
    api.refusals.set('create jobs', recorded.forbidden('create', 'jobs'));
    const { code, stdout, stderr } = await job('trigger');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^drift-monitor: forbidden: system:serviceaccount:team:weak may not create jobs/);
    expect(stderr).toContain('- { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] }\n');
  });
});

describe('job logs', () => {
  test('of the last run, the latest attempt', async () => {
    api.jobs.push(
      aJob('old', recorded.COMPLETE, new Date('2026-11-21T13:00:00Z')),
      aJob('new', recorded.BACKOFF_LIMIT),
    );
    api.pods.push(aPod('old', exited(0)), aPod('new', exited(1), 0), aPod('new', exited(1), 1));
    api.logs.set('old-pod0', ['old']).set('new-pod0', ['first']).set('new-pod1', ['second', '\u001b[2J \u009b2J']);
    const [last, named, document] = await Promise.all([
      job('logs'),
      job('logs', '--job', 'old'),
      job('logs', '--json'),
    ]);
    expect(last).toEqual({ code: 0, stdout: 'second\n\\u{1b}[2J \\u{9b}2J\n', stderr: '' });
    expect(named.stdout).toBe('old\n');
    expect(JSON.parse(document.stdout)).toMatchObject({
      run: { job: 'new', exitCode: 1 },
      lines: ['second', '\u001b[2J \u009b2J'],
    });
    expect(document.stdout).not.toContain('\u009b');
  });

  test('of a run that has none: why', async () => {
    api.jobs.push(aJob('new'));
    api.pods.push(aPod('new', recorded.IMAGE_PULL));
    const { code, stderr } = await job('logs');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^drift-monitor: new has no log: image cannot be pulled: check name and tag/);
  });
});

test('job suspend and resume change nothing but suspend', async () => {
  const suspended = await job('suspend');
  expect(suspended).toMatchObject({ code: 0, stderr: '' });
  expect(suspended.stdout).toContain('r-drift-monitor in namespace team is suspended');
  const resumed = await job('resume', '--cronjob', 'r-drift-monitor', '--json');
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    suspended: false,
    nextRun: expect.stringMatching(/:07:00\.000Z$/),
  });
  expect(api.requests.filter(({ access }) => access === 'patch cronjobs')).toMatchObject([
    { body: { spec: { suspend: true } }, contentType: 'application/merge-patch+json' },
    { body: { spec: { suspend: false } }, contentType: 'application/merge-patch+json' },
  ]);
});

describe('what is in the way is one sentence', () => {
  test('no cluster', async () => {
    const { code, stderr } = await drift(['job', 'status'], { env: { HOME: '/nowhere' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^drift-monitor: no cluster is known: KUBECONFIG is not set, there is no ~\/\.kube\/config.*\n$/,
    );
  });

  test('a cluster that is not there', async () => {
    const { url } = api;
    await api.close();
    api = await startApiServer();
    writeFileSync(api.kubeconfig, kubeconfigOf(url));
    const { code, stderr } = await job('status');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^drift-monitor: 127\.0\.0\.1:\d+ refuses connections; .*\(ECONNREFUSED\)\n$/);
  });

  test('no such CronJob', async () => {
    const { code, stderr } = await job('status', '--cronjob', 'nope');
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no CronJob nope in namespace team (context lab, ${api.url}); check the name`);
  });

  test('several CronJobs, names that are none and options that are not known are bad usage, told at once', async () => {
    api.cronJobs.push(aCronJob('other'));
    const several = await job('status');
    expect(several.code).toBe(2);
    expect(several.stderr).toContain('other, r-drift-monitor; say which with --cronjob');
    const { code, stderr } = await job('trigger', '--wiat', '--namespace', 'Team', '--', '--at', 'now');
    expect(code).toBe(2);
    expect(stderr).toContain('--wiat: no such option of trigger; did you mean --wait?');
    expect(stderr).toContain('--namespace Team: must be a name on a cluster');
    expect(stderr).not.toContain('--at');
  });
});
