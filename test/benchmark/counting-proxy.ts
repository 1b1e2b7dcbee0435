import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What went through a proxy. */
export interface Traffic {
  requests: number;
  /** Of answers' bodies. */
  bytes: number;
}

/** An HTTP proxy in front of `port` of this machine that counts requests and bytes by method. */
export async function startCountingProxy(port: number): Promise<{
  readonly port: number;
  readonly traffic: Map<string, Traffic>;
  stop(): void;
}> {
  const traffic = new Map<string, Traffic>();
  const server = createServer((incoming, outgoing) => {
    const counted = traffic.get(incoming.method ?? '') ?? { requests: 0, bytes: 0 };
    traffic.set(incoming.method ?? '', counted);
    counted.requests += 1;
    const forwarded = request(
      { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('data', (chunk: Buffer) => {
          counted.bytes += chunk.length;
        });
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    traffic,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
