import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request to a receiver, as it came. */
export interface Received {
  readonly sink: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What one process, known by the name of its container, does to the world: steps are `PUT key` or `POST sink`. */
export interface Watched {
  readonly received: Received[];
  /** Resolves once the request may go on. If it rejects, nobody gets the request, and nobody an answer. */
  before(step: string): Promise<void>;
  /** The same for the answer to what took effect. */
  after(step: string): Promise<void>;
}

export interface InterceptingProxy {
  readonly port: number;
  readonly watched: Map<string, Watched>;
  close(): Promise<void>;
}

const STORAGE = /^\/devstoreaccount1\/([^/?]+)\/?([^?]*)/;
const RECEIVER = /^\/([^/?]+)\/([^/?]+)/;

/**
 * What processes do to the world goes through here: `/devstoreaccount1/CONTAINER/KEY` to an Azurite, `/CONTAINER/SINK` to a
 * receiver that takes everything.
 */
export async function startInterceptingProxy(azuritePort: number): Promise<InterceptingProxy> {
  const watched = new Map<string, Watched>();
  const server = createServer((incoming, outgoing) => {
    // Whoever is killed gets no answer.
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const body = await buffer(incoming);
    const [, container, key = ''] = STORAGE.exec(url) ?? [];
    if (container !== undefined) {
      const who = watched.get(container);
      const step = `${method} ${decodeURIComponent(key)}`;
      const isWrite = method === 'PUT' || method === 'DELETE';
      if (isWrite) await who?.before(step);
      const answer = await forward(method, url, headers, body);
      if (isWrite && answer.status < 300) await who?.after(step);
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    }
    const [, process = '', sink = ''] = RECEIVER.exec(url) ?? [];
    const who = watched.get(process);
    await who?.before(`POST ${sink}`);
    who?.received.push({ sink, headers, body: body.toString() });
    await who?.after(`POST ${sink}`);
    outgoing.writeHead(202).end('{"id": "run-17"}');
  }

  async function forward(method: string, path: string, headers: IncomingMessage['headers'], body: Buffer) {
    const forwarded = request({ host: '127.0.0.1', port: azuritePort, method, path, headers });
    forwarded.end(body);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
  }

  return {
    port: (server.address() as AddressInfo).port,
    watched,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
