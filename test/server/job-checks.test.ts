import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIo } from '../../src/commands/io.ts';
import { JobChecks } from '../../src/commands/serve-jobs.ts';
import { type ApiServer, startApiServer } from '../kubernetes/api-server.ts';
import { aCronJob, aJob, COMPLETE, forbidden } from '../kubernetes/recorded.ts';
import { type RunningServer, startServer } from './start-server.ts';

const BODY = { model_name: 'churn', model_version: 'v1', at: '2025-12-24T17:30:00Z' };

let api: ApiServer;
let server: RunningServer;
beforeEach(async () => {
  api = await startApiServer();
  api.cronJobs.push(aCronJob());
  const env = { KUBECONFIG: api.kubeconfig };
  server = await startServer({
    configFile: 'models: [{ name: churn, version: v1 }]',
    checks: new JobChecks('r-drift-monitor', { ...processIo, env }),
  });
});
afterEach(async () => {
  await server.close();
  await api.close();
});

test('in a cluster a check is a Job made from the CronJob, found again by its name', async () => {
  const accepted = await server.ask('/drift/check', { body: BODY });
  expect([accepted.status, accepted.json()]).toEqual([
    202,
    expect.objectContaining({ state: 'queued', at: '2025-12-24T17:00:00.000Z' }),
  ]);
  const [created] = api.requests.filter(({ access }) => access === 'create jobs');
  expect(JSON.stringify(created?.body)).toContain(
    '"--model-name","churn","--model-version","v1","--at","2025-12-24T17:30:00.000Z"',
  );
  const place = String(accepted.headers.location);
  expect((await server.ask(place)).json()).toMatchObject({ state: 'queued', report: null });
  const [job] = api.jobs.splice(0);
  const name = job?.metadata?.name ?? '';
  const done = aJob(name, COMPLETE);
  api.jobs.push({ ...done, metadata: { ...done.metadata, ...job?.metadata } });
  expect((await server.ask(place)).json()).toMatchObject({
    id: name,
    state: 'finished',
    model_name: 'churn',
    report: '/reports/churn/v1/year=2025/month=12/day=24/hour=17/report.json',
  });
});

test('Jobs of others are none of its checks', async () => {
  api.jobs.push(aJob('somebodys', COMPLETE));
  expect((await server.ask('/drift/checks/somebodys')).status).toBe(404);
  expect((await server.ask('/drift/checks/absent')).status).toBe(404);
});

test('a cluster that forbids it is 502, with the rule that would allow it', async () => {
  api.refusals.set('create jobs', forbidden('create', 'jobs'));
  const refused = await server.ask('/drift/check', { body: BODY });
  expect([refused.status, refused.text]).toEqual([502, expect.stringMatching(/create.*jobs/)]);
});
