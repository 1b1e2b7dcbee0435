import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Notification } from '../../src/alerting/notification.ts';
import { DeliveryError, type DeliveryFailure, type Sink } from '../../src/alerting/sink.ts';
import { alertmanagerSink } from '../../src/alerting/sinks/alertmanager.ts';
import { emailSink } from '../../src/alerting/sinks/email.ts';
import { type ClusterEvent, kubernetesEventSink } from '../../src/alerting/sinks/kubernetes-event.ts';
import { pagerdutySink } from '../../src/alerting/sinks/pagerduty.ts';
import { slackSink } from '../../src/alerting/sinks/slack.ts';
import { storageSink } from '../../src/alerting/sinks/storage.ts';
import { teamsSink } from '../../src/alerting/sinks/teams.ts';
import { signatureOf, webhookSink } from '../../src/alerting/sinks/webhook.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { aNotification, aToldAlert, fiveHundred } from './a-notification.ts';
import { type FailingMailServer, type MailBehaviour, startFailingMailServer } from './failing-mail-server.ts';
import { type Behaviour, type FailingServer, startFailingServer } from './failing-server.ts';
import { VersionedStore } from './versioned-store.ts';

let server: FailingServer;
let mailServer: FailingMailServer;

beforeAll(async () => {
  [server, mailServer] = await Promise.all([startFailingServer(), startFailingMailServer()]);
});
afterAll(async () => {
  await Promise.all([server.close(), mailServer.close()]);
});
beforeEach(() => {
  server.behaviour = 'works';
  server.requests.length = 0;
  mailServer.behaviour = 'works';
  mailServer.mails.length = 0;
});

const SECRET = 'planted-secret-5f3a';
const common = { severity: 'info', timeoutSeconds: 0.3 } as const;
const AUTHORIZATION = { Authorization: `Bearer ${SECRET}` };

/** Every sink that speaks HTTP, with everything secret that it can have. */
const HTTP_SINKS: Readonly<Record<string, (url: string) => Sink>> = {
  slack: (url) => slackSink({ kind: 'slack', ...common, url: `${url}/${SECRET}`, mention: '<!here>' }),
  pagerduty: (url) => pagerdutySink({ kind: 'pagerduty', ...common, url, routingKey: SECRET }),
  teams: (url) => teamsSink({ kind: 'teams', ...common, url: `${url}/?sig=${SECRET}` }),
  webhook: (url) =>
    webhookSink({
      kind: 'webhook',
      ...common,
      url: `${url}/${SECRET}`,
      format: 'json',
      contentType: 'application/json',
      hmacSecret: SECRET,
      headers: AUTHORIZATION,
    }),
  alertmanager: (url) => alertmanagerSink({ kind: 'alertmanager', ...common, url, labels: {}, headers: AUTHORIZATION }),
};

async function failureOf(sink: Sink, notification = aNotification()): Promise<DeliveryError> {
  const error = await sink.send(notification).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DeliveryError)) throw new Error(`not a DeliveryError: ${error}`);
  expect(`${error.message} ${JSON.stringify(error.failure)} ${error.stack}`).not.toContain(SECRET);
  return error;
}

async function unusedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

const FAILURES: readonly (readonly [
  Behaviour | 'nobody there' | 'wrong certificate',
  Partial<DeliveryFailure>,
  RegExp,
])[] = [
  ['no answer', { isTransient: true, mayHaveArrived: true }, /gave no answer within 0.3 s/],
  ['429', { isTransient: true, retryAfterMs: 7000 }, /answered 429: too many requests/],
  ['500', { isTransient: true, mayHaveArrived: true }, /answered 500/],
  ['reset', { isTransient: true, mayHaveArrived: true }, /cut the connection/],
  ['400', { isTransient: false }, /answered 400$/],
  ['401', { isTransient: false }, /answered 401: it does not accept the credentials/],
  ['404', { isTransient: false }, /answered 404: .*check the URL/],
  ['redirect', { isTransient: false }, /answered 307, a redirect, which is not followed/],
  ['repeats what it was sent', { isTransient: false }, /answered 400$/],
  ['nobody there', { isTransient: true, mayHaveArrived: false }, /127\.0\.0\.1:\d+ refuses connections/],
  ['wrong certificate', { isTransient: false }, /certificate that is not trusted/],
];

describe.each(Object.entries(HTTP_SINKS))('the contract of sinks: %s', (_, sinkTo) => {
  test('a confirmed notification is one request, and the same bytes when it is sent again', async () => {
    const sink = sinkTo(server.url);
    await sink.send(aNotification());
    await sink.send(aNotification());
    const [first, second, ...others] = server.requests;
    expect(others).toEqual([]);
    expect(first?.method).toBe('POST');
    expect(second?.body).toBe(first?.body);
    expect(first?.body).toContain('age');
  });

  test('an answer that breaks off after its status is a confirmation', async () => {
    server.behaviour = 'half an answer';
    await sinkTo(server.url).send(aNotification());
    expect(server.requests).toHaveLength(1);
  });

  test.each(FAILURES)('%s', async (behaviour, failure, message) => {
    let url = server.url;
    if (behaviour === 'nobody there') url = `http://127.0.0.1:${await unusedPort()}`;
    else if (behaviour === 'wrong certificate') url = server.untrustedUrl;
    else server.behaviour = behaviour;
    const error = await failureOf(sinkTo(url));
    expect(error.failure).toMatchObject(failure);
    expect(error.message).toMatch(message);
    // What it answers with is not gone after.
    expect(server.requests.length).toBeLessThanOrEqual(1);
  });

  test('500 drifted features are one request of at most 512 KB', async () => {
    await sinkTo(server.url).send(fiveHundred());
    expect(server.requests).toHaveLength(1);
    expect(Buffer.byteLength(server.requests[0]?.body ?? '')).toBeLessThan(512 * 1024);
    expect(server.requests[0]?.body.length).toBeGreaterThan(100);
  });

  test('a resolved alert and a sample are confirmed as well', async () => {
    const sink = sinkTo(server.url);
    await sink.send(aNotification([aToldAlert({ change: 'resolved' })]));
    await sink.send(aNotification(undefined, { sample: true }));
    expect(server.requests.length).toBeGreaterThanOrEqual(2);
  });
});

describe('the contract of sinks: email', () => {
  const sinkTo = (changes: { port?: number; tls?: 'starttls' | 'off' } = {}) =>
    emailSink({
      kind: 'email',
      ...common,
      host: '127.0.0.1',
      port: mailServer.port,
      tls: 'off',
      user: 'drift',
      password: SECRET,
      from: 'drift@example.com',
      to: ['ml@example.com', 'ops@example.com'],
      ...changes,
    });

  test('a mail has text, HTML and an id that is the same when it is sent again', async () => {
    await sinkTo().send(aNotification());
    await sinkTo().send(aNotification());
    const ids = mailServer.mails.map((mail) => /^Message-ID: (.*)$/im.exec(mail)?.[1]);
    expect(ids).toEqual(Array(2).fill('<0123456789abcdef01234567@drift-monitor>'));
    expect(mailServer.mails[0]).toMatch(/^Subject: \[drift WARNING\] churn v1: 1 WARNING new: feature age drifted$/m);
    expect(mailServer.mails[0]).toContain('text/html');
  });

  const failures: readonly (readonly [MailBehaviour, boolean, RegExp])[] = [
    ['no answer', true, /could not be reached, or cut the connection/],
    ['reset', true, /could not be reached, or cut the connection/],
    ['busy', true, /answered 451$/],
    ['refuses', false, /answered 550$/],
    ['wants other credentials', false, /does not accept user and password/],
    ['repeats what it was sent', false, /answered 550$/],
  ];
  test.each(failures)('%s', async (behaviour, isTransient, message) => {
    mailServer.behaviour = behaviour;
    const error = await failureOf(sinkTo());
    expect(error.failure.isTransient).toBe(isTransient);
    expect(error.message).toMatch(message);
  });

  test('nobody there, and a wrong certificate', async () => {
    expect((await failureOf(sinkTo({ port: await unusedPort() }))).failure.isTransient).toBe(true);
    const untrusted = await failureOf(sinkTo({ tls: 'starttls' }));
    expect(untrusted.message).toMatch(/certificate that is not trusted/);
    expect(untrusted.failure.isTransient).toBe(false);
  });

  test('500 drifted features are one mail of at most 64 KB', async () => {
    await sinkTo().send(fiveHundred());
    expect(mailServer.mails).toHaveLength(1);
    expect(mailServer.mails[0]?.length).toBeLessThan(64 * 1024);
  });
});

describe('the contract of sinks: kubernetes-event', () => {
  const eventOf = async (notification: Notification) => {
    const events: ClusterEvent[] = [];
    const settings = { kind: 'kubernetes-event', severity: 'info', object: 'CronJob/drift' } as const;
    await kubernetesEventSink(settings, async (event) => void events.push(event)).send(notification);
    return events[0];
  };

  test('an event has a name that is the same when it is sent again, and says what it is about', async () => {
    const event = await eventOf(aNotification());
    expect(event).toMatchObject({
      name: expect.stringMatching(/^drift-monitor-0123456789abcdef01234567-[0-9a-f]{8}$/),
      kind: 'CronJob',
      object: 'drift',
      type: 'Warning',
      reason: 'ModelDrift',
      message: 'churn v1: 1 WARNING new: feature age drifted; WARNING · NEW: feature age drifted',
    });
    expect(await eventOf(aNotification([aToldAlert({ change: 'resolved' })]))).toMatchObject({ type: 'Normal' });
  });

  test('500 drifted features are one event of at most 1024 bytes', async () => {
    expect(Buffer.byteLength((await eventOf(fiveHundred()))?.message ?? '')).toBeLessThanOrEqual(1024);
  });
});

describe('the contract of sinks: storage', () => {
  test('each alert has its document, the same when it is written again', async () => {
    const store = new VersionedStore();
    await storageSink(store).send(aNotification());
    const before = store.text();
    await storageSink(store).send(aNotification());
    expect(store.text()).toBe(before);
    expect(store.json(`alerts/churn/${'a'.repeat(16)}.json`)).toMatchObject({
      signal: 'age',
      command: expect.stringContaining('drift-monitor report show'),
      evidence: { psi: 0.3, moved: [{ what: '40 – 50', baseline: 0.1, window: 0.4 }] },
    });
  });

  test('a storage that fails is tried again', async () => {
    const store = new VersionedStore();
    store.put = async () => {
      throw new StorageError('away');
    };
    expect((await failureOf(storageSink(store))).failure).toEqual({ isTransient: true });
  });
});

describe('what receivers are sent', () => {
  const bodyOf = async (name: string, notification: Notification) => {
    server.requests.length = 0;
    await HTTP_SINKS[name]?.(server.url).send(notification);
    return JSON.parse(server.requests[0]?.body ?? 'null');
  };

  test('Slack: at most 50 blocks of at most 3000 characters, a colour, and no mention that a name makes', async () => {
    const message = await bodyOf('slack', fiveHundred());
    const [{ blocks, color }] = message.attachments;
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const block of blocks) expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
    // In plain text nothing mentions or formats, and what is copied is what was logged.
    for (const { type, text } of blocks) if (type === 'section' && text) expect(text.type).toBe('plain_text');
    expect(color).toBe('#d32f2f');
    expect(message.text.replace('<!here> ', '')).not.toMatch(/[<>]/);
    expect(JSON.stringify(message)).toContain('490 more');
  });

  test('Slack: who is named in the settings is mentioned on critical news, and not by reminders', async () => {
    const textOf = async (changes: Parameters<typeof aToldAlert>[0]) =>
      (await bodyOf('slack', aNotification([aToldAlert(changes)]))).text;
    expect(await textOf({ severity: 'CRITICAL' })).toMatch(/^<!here> /);
    expect(await textOf({ severity: 'CRITICAL', change: 'escalated' })).toMatch(/^<!here> /);
    expect(await textOf({ severity: 'CRITICAL', change: 'repeated' })).not.toContain('<!here>');
    expect(await textOf({ severity: 'WARNING' })).not.toContain('<!here>');
  });

  test('PagerDuty: one incident a model version, triggered while anything is open, resolved with the last alert', async () => {
    const opened = await bodyOf('pagerduty', aNotification());
    expect(opened).toMatchObject({ event_action: 'trigger', routing_key: SECRET, payload: { severity: 'warning' } });
    const resolved = aToldAlert({ change: 'resolved' });
    const oneOfTwo = aNotification([resolved], { open: { CRITICAL: 1, WARNING: 0, INFO: 0 } });
    // A trigger would page again whoever has closed the incident.
    expect(await bodyOf('pagerduty', oneOfTwo)).toBeNull();
    const last = await bodyOf('pagerduty', aNotification([resolved]));
    expect(last).toMatchObject({ event_action: 'resolve' });
    expect(last.dedup_key).toBe(opened.dedup_key);
    const sample = await bodyOf('pagerduty', aNotification(undefined, { sample: true }));
    expect(sample.dedup_key).not.toBe(opened.dedup_key);
    expect(JSON.parse(server.requests[1]?.body ?? '')).toMatchObject({
      event_action: 'resolve',
      dedup_key: sample.dedup_key,
    });
  });

  test('Teams: an Adaptive Card of at most 28 KB, in which names are no Markdown', async () => {
    const message = await bodyOf('teams', fiveHundred());
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(28 * 1024);
    const markup = '\\*_[]<>'.repeat(40);
    const hostile = Array.from({ length: 20 }, () => aToldAlert({ title: markup, reasons: [markup, markup, markup] }));
    expect(Buffer.byteLength(JSON.stringify(await bodyOf('teams', aNotification(hostile))))).toBeLessThan(28 * 1024);
    expect(message.attachments[0].content).toMatchObject({ type: 'AdaptiveCard', version: '1.4' });
    expect(JSON.stringify(message)).not.toContain('[link](http');
  });

  test('Alertmanager: an escalated alert ends under its former severity and begins under the new one', async () => {
    const escalated = aToldAlert({ change: 'escalated', severity: 'CRITICAL', previousSeverity: 'WARNING' });
    const alerts = await bodyOf('alertmanager', aNotification([escalated]));
    expect(server.requests[0]?.path).toBe('/api/v2/alerts');
    const [before, now] = alerts;
    expect(before).toMatchObject({ labels: { severity: 'warning' }, endsAt: '2025-12-24T12:00:00.000Z' });
    expect(now).toMatchObject({ labels: { severity: 'critical', signal: 'age' }, endsAt: '2026-12-24T12:00:00.000Z' });
    expect(now.startsAt).toBe(before.startsAt);
  });

  test('Alertmanager: however many alerts end, each of them does', async () => {
    const alerts = fiveHundred().alerts.map((alert) => ({ ...alert, change: 'resolved' as const }));
    const posted = await bodyOf('alertmanager', aNotification(alerts));
    expect(posted).toHaveLength(500);
    for (const { endsAt } of posted) expect(endsAt).toBe('2025-12-24T12:00:00.000Z');
  });

  test('webhook: of more than 50 alerts each is there, the others in brief', async () => {
    const { alerts, alertsInBrief } = await bodyOf('webhook', fiveHundred());
    expect([alerts.length, alertsInBrief.length]).toEqual([50, 450]);
    expect(alertsInBrief[0]).toEqual({
      id: expect.any(String),
      dedupKey: expect.any(String),
      change: 'opened',
      severity: 'WARNING',
    });
  });

  test('webhook: signed, with an id by which a repetition is known', async () => {
    await bodyOf('webhook', aNotification());
    const [request] = server.requests;
    if (request === undefined) throw new Error('nothing was sent');
    const { headers, body } = request;
    const timestamp = String(headers['x-drift-timestamp']);
    expect(headers['x-drift-signature']).toBe(signatureOf(SECRET, timestamp, body));
    expect(headers['idempotency-key']).toBe('0123456789abcdef01234567');
    expect(headers.authorization).toBe(`Bearer ${SECRET}`);
    expect(JSON.parse(body)).toMatchObject({ model: { name: 'churn' }, alertsLeftOut: 0 });
  });

  test('webhook: a CloudEvents envelope, and a template that hostile names do not break', async () => {
    const settings = { kind: 'webhook', ...common, url: server.url, contentType: 'application/json' } as const;
    await webhookSink({ ...settings, format: 'cloudevents' }).send(aNotification());
    expect(server.requests[0]?.headers['content-type']).toBe('application/cloudevents+json');
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      specversion: '1.0',
      id: '0123456789abcdef01234567',
      type: 'drift-monitor.alerts.changed',
      data: { status: 'drift' },
    });
    const template = '{"text": "{{model.name}}: {{alerts.0.title}} {{nothing.there}}", "rows": {{rows}}}';
    const hostile = aNotification([aToldAlert({ title: 'a "quoted" \\ {{id}}\n' })]);
    await webhookSink({ ...settings, format: 'template', template }).send(hostile);
    expect(JSON.parse(server.requests[1]?.body ?? '')).toEqual({
      text: 'churn: a "quoted" \\ {{id}}\n null',
      rows: 500,
    });
  });
});
