import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, createServer, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectContainer } from '../../src/storage/azure-connection.ts';
import { breakOffInTime } from '../../src/storage/connect-timeout.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a connection that is not established in 1.5 s is broken off as a time-out', async () => {
  const socket = new Socket();
  breakOffInTime(socket);
  vi.advanceTimersByTime(1_499);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  const [error] = await once(socket, 'close').catch((error) => [error]);
  expect(error).toMatchObject({ code: 'ETIMEDOUT' });
});

test('an established connection stays', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  breakOffInTime(socket);
  await once(socket, 'connect');
  vi.advanceTimersByTime(10_000);
  expect(socket.destroyed).toBe(false);
  socket.destroy();
  server.close();
});

test('the SDK connects through the agent that breaks connections off', async () => {
  const refused = new Error('by the agent');
  class RefusingAgent extends Agent {
    override createConnection(): never {
      throw refused;
    }
  }
  const { container } = await connectContainer(
    'http://127.0.0.1:10000/devstoreaccount1/drift',
    { AZURE_STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true' },
    new RefusingAgent(),
  );
  await expect(container.exists()).rejects.toThrow('by the agent');
});
