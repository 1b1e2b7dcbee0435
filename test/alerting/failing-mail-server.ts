import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { untrustedCertificate } from './untrusted-certificate.ts';

export type MailBehaviour =
  | 'works'
  | 'no answer'
  | 'busy'
  | 'refuses'
  | 'wants other credentials'
  | 'reset'
  | 'repeats what it was sent';

export interface FailingMailServer {
  readonly port: number;
  /** As they came: headers and body. */
  readonly mails: string[];
  behaviour: MailBehaviour;
  close(): Promise<void>;
}

/** As much of SMTP (RFC 5321) as a sender of mail asks for, with AUTH, with STARTTLS under a certificate that nobody trusts. */
export async function startFailingMailServer(): Promise<FailingMailServer> {
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (server.behaviour === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    if (server.behaviour === 'no answer') return;
    socket.write('220 lab ESMTP\r\n');
    converse(socket);
  }).listen(0, '127.0.0.1');
  await once(tcp, 'listening');

  function converse(socket: Socket): void {
    let mail: string | undefined;
    let buffered = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      buffered += chunk;
      for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (mail === undefined) {
          if (line === 'DATA') mail = '';
          answer(socket, line);
        } else if (line === '.') {
          server.mails.push(mail);
          mail = undefined;
          socket.write('250 taken\r\n');
        } else mail += `${line}\n`;
      }
    });
  }

  function answer(socket: Socket, line: string): void {
    const [verb = ''] = line.toUpperCase().split(' ');
    if (verb === 'EHLO') {
      socket.write('250-lab\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n');
      return;
    }
    if (verb === 'STARTTLS') {
      socket.write('220 go\r\n');
      socket.removeAllListeners('data');
      const secure = new TLSSocket(socket, { isServer: true, ...untrustedCertificate() });
      secure.on('error', () => undefined);
      converse(secure);
      return;
    }
    if (verb === 'AUTH') {
      socket.write(server.behaviour === 'wants other credentials' ? '535 no\r\n' : '235 yes\r\n');
      return;
    }
    if (verb === 'MAIL' && server.behaviour === 'busy') {
      socket.write('451 later\r\n');
      return;
    }
    if (verb === 'MAIL' && server.behaviour === 'refuses') {
      socket.write('550 never\r\n');
      return;
    }
    if (verb === 'MAIL' && server.behaviour === 'repeats what it was sent') {
      socket.write(`550 ${line}\r\n`);
      return;
    }
    socket.write(verb === 'DATA' ? '354 go\r\n' : '250 fine\r\n');
  }

  const server: FailingMailServer = {
    port: (tcp.address() as AddressInfo).port,
    mails: [],
    behaviour: 'works',
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
  return server;
}
