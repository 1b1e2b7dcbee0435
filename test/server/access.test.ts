import { expect, test } from 'vitest';
import { isLoopback } from '../../src/server/access.ts';
import { parseTokens } from '../../src/server/tokens.ts';
import { hashOf, startServer } from './start-server.ts';

const TOKENS = { 'look-only': 'viewer read', 'log-only': 'service write', everything: 'ops read,write,operate' };
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const basic = (token: string) => ({ authorization: `Basic ${Buffer.from(`me:${token}`).toString('base64')}` });
const RECORDS = { model_name: 'churn', model_version: 'v1', records: [{ features: { age: 41 } }] };

test('a token opens what its scopes say and nothing else, and its absence is 401 with how to give one', async () => {
  const server = await startServer({ tokens: TOKENS });
  try {
    const none = await server.ask('/drift/summary');
    expect(none.status).toBe(401);
    expect(none.headers['www-authenticate']).toContain('Bearer');
    expect((await server.ask('/drift/summary', bearer('wrong'))).status).toBe(401);
    expect((await server.ask('/drift/summary', bearer('look-only'))).status).toBe(200);
    expect((await server.ask('/drift/summary', bearer('log-only'))).status).toBe(403);
    const log = (token: string) => server.ask('/inference-logs', { body: RECORDS, ...bearer(token) });
    expect((await log('look-only')).status).toBe(403);
    expect((await log('log-only')).status).toBe(202);
    const put = (token: string) =>
      server.ask('/models/churn/config', { method: 'PUT', body: { psiThreshold: 0.3 }, ...bearer(token) });
    expect((await put('look-only')).status).toBe(403);
    expect((await put('everything')).json()).toMatchObject({ changed_by: 'ops' });
  } finally {
    await server.close();
  }
});

test('the hash of nothing is no token, and nothing opens nothing', async () => {
  expect(() => parseTokens(`ops operate ${hashOf('')}`, 'tokens')).toThrow(/line 1: is the SHA-256 of nothing/);
  const server = await startServer({ tokens: TOKENS });
  try {
    for (const authorization of ['Basic Og==', 'Basic', 'Bearer', 'Bearer  ', '']) {
      expect((await server.ask('/drift/summary', { headers: { authorization } })).status).toBe(401);
    }
  } finally {
    await server.close();
  }
});

test('health, readiness and the description need no token', async () => {
  const server = await startServer({ tokens: TOKENS });
  try {
    for (const path of ['/health', '/ready', '/openapi.json']) expect((await server.ask(path)).status).toBe(200);
  } finally {
    await server.close();
  }
});

test('a browser may give the token as a password to look, but not to change anything', async () => {
  const server = await startServer({ tokens: TOKENS });
  try {
    expect((await server.ask('/reports/', { headers: basic('everything') })).status).toBe(200);
    const change = { method: 'PUT', body: {}, headers: basic('everything') };
    expect((await server.ask('/models/churn/config', change)).status).toBe(401);
  } finally {
    await server.close();
  }
});

test('without tokens only requests that name this machine are answered, so no other name can be turned on it', async () => {
  const server = await startServer();
  try {
    const { port } = new URL(server.url);
    const from = (host: string) => server.ask('/drift/summary', { headers: { host } });
    for (const host of [`localhost:${port}`, '127.0.0.1', `[::1]:${port}`]) expect((await from(host)).status).toBe(200);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example']) {
      expect((await from(host)).status).toBe(403);
    }
  } finally {
    await server.close();
  }
});

test("another site's page changes nothing, with or without a body", async () => {
  const server = await startServer({ configFile: 'models: [{ name: churn, version: v1 }]' });
  try {
    const headers = { origin: 'https://evil.example' };
    expect((await server.ask('/drift/check', { method: 'POST', headers })).status).toBe(403);
    const body = { model_name: 'churn', model_version: 'v1' };
    expect((await server.ask('/drift/check', { body, headers })).status).toBe(403);
    const own = { origin: server.url };
    expect((await server.ask('/drift/check', { body, headers: own })).status).toBe(202);
    // What a form can send without asking first.
    const form = { 'content-type': 'text/plain' };
    expect((await server.ask('/drift/check', { body: JSON.stringify(body), headers: form })).status).toBe(415);
  } finally {
    await server.close();
  }
});

test('more requests in a second than allowed are answered 429 with when to come back, for each token by itself', async () => {
  const server = await startServer({ tokens: TOKENS, settings: { serveRequestsPerSecond: '5' } });
  try {
    const many = await Promise.all(
      Array.from({ length: 20 }, () => server.ask('/models/churn/config', bearer('look-only'))),
    );
    const refused = many.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    expect((await server.ask('/models/churn/config', bearer('everything'))).status).toBe(200);
    const probes = await Promise.all(Array.from({ length: 20 }, () => server.ask('/health')));
    expect(probes.every(({ status }) => status === 200)).toBe(true);
  } finally {
    await server.close();
  }
});

test('every answer says its request id and what browsers must not do, and no token comes into the log', async () => {
  const server = await startServer({ tokens: TOKENS });
  try {
    const answer = await server.ask('/drift/summary', {
      headers: { authorization: 'Bearer everything', 'x-request-id': 'trace-1' },
    });
    expect(answer.headers).toMatchObject({
      'x-request-id': 'trace-1',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    const odd = await server.ask('/drift/summary', {
      headers: { authorization: 'Bearer wrong', 'x-request-id': 'a b' },
    });
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(odd.json()).toMatchObject({ status: 401, request_id: odd.headers['x-request-id'] });
    expect(server.log()).toContain('"client":"ops"');
    for (const secret of ['everything', 'wrong', hashOf('everything')]) expect(server.log()).not.toContain(secret);
  } finally {
    await server.close();
  }
});

test('tokens that cannot be read are told by their line, without what stands in them', () => {
  const hash = hashOf('secret');
  expect(parseTokens(`# comment\ngrafana read ${hash}; ops read,operate ${hash.toUpperCase()}`, 'tokens').count).toBe(
    2,
  );
  const bad = `grafana read secret-in-plain\nops all ${hash}\nops read ${hash}\nops write ${hash}`;
  expect(() => parseTokens(bad, 'tokens')).toThrow(/tokens, line 1: .*\ntokens, line 2: .*\ntokens, line 4: /);
  expect(() => parseTokens(bad, 'tokens')).not.toThrow(/plain|[0-9a-f]{64}/);
});

test.each([
  ['127.0.0.1', true],
  ['127.8.0.1', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.com', false],
])('%s is an address of this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
