import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { untrustedCertificate } from './untrusted-certificate.ts';

/** The ways in which a receiver answers. */
export type Behaviour =
  | 'works'
  | 'no answer'
  | 'half an answer'
  | '429'
  | '301'
  | '303'
  | '400'
  | '401'
  | '404'
  | '409'
  | '500'
  | 'reset'
  | 'redirect'
  | 'repeats what it was sent';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FailingServer {
  readonly url: string;
  /** Of the same server behind a certificate that nobody trusts. */
  readonly untrustedUrl: string;
  readonly requests: ReceivedRequest[];
  behaviour: Behaviour;
  /** Sent with 202. */
  answer: string;
  close(): Promise<void>;
}

/** A receiver on this machine that fails in every way that receivers do. */
export async function startFailingServer(): Promise<FailingServer> {
  const requests: ReceivedRequest[] = [];
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      behave(server.behaviour, request, response, body, server.answer);
    });
  };
  const plain = createServer(listener).listen(0, '127.0.0.1');
  const secure = createSecureServer(untrustedCertificate(), listener).listen(0, '127.0.0.1');
  await Promise.all([once(plain, 'listening'), once(secure, 'listening')]);
  const server: FailingServer = {
    url: `http://127.0.0.1:${(plain.address() as AddressInfo).port}`,
    untrustedUrl: `https://127.0.0.1:${(secure.address() as AddressInfo).port}`,
    requests,
    behaviour: 'works',
    answer: 'ok',
    async close() {
      for (const one of [plain, secure]) {
        one.closeAllConnections();
        await new Promise((resolve) => one.close(resolve));
      }
    },
  };
  return server;
}

function behave(
  behaviour: Behaviour,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  answer: string,
): void {
  switch (behaviour) {
    case 'works':
      response.writeHead(202).end(answer);
      return;
    case 'no answer':
      return;
    case 'half an answer':
      response.writeHead(200, { 'content-length': '100' }).write('half');
      return;
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case '301':
    case '303':
      response.writeHead(Number(behaviour), { location: '/elsewhere' }).end();
      return;
    case 'redirect':
      response.writeHead(307, { location: '/elsewhere' }).end();
      return;
    case '429':
      response.writeHead(429, { 'retry-after': '7' }).end('slow down');
      return;
    case 'repeats what it was sent':
      response.writeHead(400, JSON.stringify(request.headers).replace(/[^\x20-\x7e]/g, ''));
      response.end(`${request.url} ${body}`);
      return;
    default:
      response.writeHead(Number(behaviour)).end('no');
  }
}
