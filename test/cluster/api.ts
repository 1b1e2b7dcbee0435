import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { at } from '../charts/helm.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** What the API server warns of: deprecated fields, pods that its security standard would refuse. */
  readonly warnings: readonly string[];
}

/** The API of a cluster, as it is: paths, verbs and status codes. */
export interface Api {
  get(path: string): Promise<Answer>;
  create(path: string, body: object): Promise<Answer>;
  /** A merge patch. */
  patch(path: string, body: object): Promise<Answer>;
  remove(path: string): Promise<Answer>;
  /** The same API for whom a token belongs to. */
  as(token: string): Api;
}

export function connect(kubeconfig: string, token?: string): Api {
  const config = new KubeConfig();
  config.loadFromString(readFileSync(kubeconfig, 'utf8'));
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`${kubeconfig} names no cluster`);

  async function call(method: string, path: string, body?: object): Promise<Answer> {
    const options: RequestOptions = { method, headers: { accept: 'application/json' } };
    if (token === undefined) await config.applyToHTTPSOptions(options);
    else options.ca = Buffer.from(config.getCurrentCluster()?.caData ?? '', 'base64');
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    options.headers = {
      ...options.headers,
      ...(body === undefined ? {} : { 'content-type': type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const sent = request(new URL(path, server), options);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    const isJson = /json/.test(response.headers['content-type'] ?? '');
    return {
      status: response.statusCode,
      body: isJson ? JSON.parse(text) : text,
      warnings: [response.headers.warning ?? []].flat(),
    };
  }

  return {
    get: (path) => call('GET', path),
    create: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    remove: (path) => call('DELETE', path),
    as: (other) => connect(kubeconfig, other),
  };
}

/** The body of an answer that has to be a success. Throws with what the API server said otherwise. */
export async function ok(answer: Promise<Answer>): Promise<unknown> {
  const { status, body } = await answer;
  if (status < 200 || status > 299) throw new Error(`${status}: ${at(body, 'message') ?? JSON.stringify(body)}`);
  return body;
}

/** The items of a list. */
export async function items(answer: Promise<Answer>): Promise<unknown[]> {
  const list = at(await ok(answer), 'items');
  return Array.isArray(list) ? list : [];
}

/** Asks again every half second until there is an answer; throws with `what` when there is none in time. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
