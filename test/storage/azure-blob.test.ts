import { once } from 'node:events';
import { connect as connectSocket, createServer } from 'node:net';
import { inspect } from 'node:util';
import { BlobServiceClient, ContainerSASPermissions } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConflictError, ObjectNotFoundError, StorageNotFoundError } from '../../src/storage/object-store.ts';
import { openStore } from '../../src/storage/open.ts';
import { type Azurite, startAzurite } from '../azurite.ts';
import { collect, describeObjectStore, keysOf } from './conformance.ts';

let azurite: Azurite;
let stores = 0;

beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(async () => {
  await azurite.stop();
});

const utf8 = (value: string) => new TextEncoder().encode(value);
const open = (url: string, connectionString = azurite.connectionString) =>
  openStore(url, { env: { AZURE_STORAGE_CONNECTION_STRING: connectionString } });
const newContainer = () => `store-${stores++}`;
const sdkContainer = (container: string) =>
  BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(container);

async function openNewContainer() {
  const container = newContainer();
  await sdkContainer(container).create();
  return await open(`${azurite.url(container)}/a%20prefix/below`);
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => Promise.reject(new Error('should have failed')),
    (error) => error,
  );
}

describeObjectStore('azure-blob', openNewContainer);

describe('a container', () => {
  test('that does not exist is created by the first put, and named by what reads it before', async () => {
    const container = newContainer();
    const store = await open(azurite.url(container));
    const message = new RegExp(`127\\.0\\.0\\.1:${azurite.port} has no container ${container};`);
    for (const failure of [await failureOf(store.get('a')), await failureOf(collect(store.list('')))]) {
      expect(failure).toBeInstanceOf(StorageNotFoundError);
      expect(failure).not.toBeInstanceOf(ObjectNotFoundError);
      expect(failure.message).toMatch(message);
    }
    await store.delete('a');
    await Promise.all([store.put('a', utf8('x')), store.put('b', utf8('x'))]);
    expect(await keysOf(store, '')).toEqual(['a', 'b']);
  });

  test('has the keys below its prefix only, and tells the prefix in its URL', async () => {
    const container = newContainer();
    await sdkContainer(container).create();
    for (const name of ['prod/a', 'prod/b/c', 'production/a', 'a']) {
      await sdkContainer(container).getBlockBlobClient(name).upload('x', 1);
    }
    const store = await open(`${azurite.url(container)}/prod/`);
    expect(await keysOf(store, '')).toEqual(['a', 'b/c']);
    expect(store.url).toBe(`${azurite.url(container)}/prod`);
  });

  test('passes over the directory markers of hierarchical namespaces, not over empty objects', async () => {
    const container = newContainer();
    const store = await open(azurite.url(container));
    await store.put('logs/empty', new Uint8Array());
    await sdkContainer(container)
      .getBlockBlobClient('logs/hour=17')
      .upload('', 0, { metadata: { hdi_isfolder: 'true' } });
    await store.put('logs/hour=17/a', utf8('x'));
    expect(await keysOf(store, '')).toEqual(['logs/empty', 'logs/hour=17/a']);
  });

  test('gets content types that a browser shows', async () => {
    const container = newContainer();
    const store = await open(azurite.url(container));
    const typeOf = async (key: string) => {
      await store.put(key, utf8('x'));
      return (await sdkContainer(container).getBlobClient(key).getProperties()).contentType;
    };
    expect(await typeOf('latest.html')).toBe('text/html; charset=utf-8');
    expect(await typeOf('latest.json')).toBe('application/json');
    expect(await typeOf('history.jsonl')).toBe('application/jsonl');
    expect(await typeOf('a.b/part-0.parquet')).toBe('application/vnd.apache.parquet');
    expect(await typeOf('hour=17.json.gz')).toBe('application/gzip');
    expect(await typeOf('json')).toBe('application/octet-stream');
  });
});

describe('credentials', () => {
  const DEVELOPMENT = 'UseDevelopmentStorage=true';

  test('are those of a development storage for its account, whatever the port', async () => {
    const store = await open(azurite.url(newContainer()), DEVELOPMENT);
    await store.put('a', utf8('x'));
  });

  test('are the SAS of the URL where there is no connection string for its account, and are not shown', async () => {
    const container = newContainer();
    await sdkContainer(container).create();
    const url = await sdkContainer(container).generateSasUrl({
      permissions: ContainerSASPermissions.parse('rl'),
      expiresOn: new Date(Date.now() + 3_600_000),
    });
    const signature = new URL(url).searchParams.get('sig') ?? '';
    await (await open(azurite.url(container))).put('a', utf8('x'));

    const otherAccount =
      'DefaultEndpointsProtocol=https;AccountName=other;AccountKey=a2V5;EndpointSuffix=core.windows.net';
    for (const connectionString of ['', otherAccount]) {
      const store = await open(url, connectionString);
      expect(await keysOf(store, '')).toEqual(['a']);
      expect(store.url).toBe(azurite.url(container));
      const failure = await failureOf(store.put('b', utf8('x')));
      expect(failure.message).toMatch(/refused the credentials \(403 Authorization\w+\)/);
      expect(inspect(failure, { depth: 9 })).not.toContain(signature);
      expect(inspect(failure, { depth: 9 })).not.toContain(encodeURIComponent(signature));
    }
  });

  test('may be a SAS in the connection string', async () => {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const sas = new URL(service.generateAccountSasUrl(new Date(Date.now() + 3_600_000), undefined, 'sco')).search;
    const endpoint = azurite.url('').replace(/\/$/, '');
    const store = await open(
      azurite.url(newContainer()),
      `BlobEndpoint=${endpoint};SharedAccessSignature=${sas.slice(1)}`,
    );
    await expect(store.get('a')).rejects.toThrow(/has no container/); // so they were taken
  });

  test('that are wrong are told in one sentence, without them', async () => {
    const key = Buffer.from('a wrong key').toString('base64');
    const store = await open(
      azurite.url('any'),
      azurite.connectionString.replace(/AccountKey=[^;]*/, `AccountKey=${key}`),
    );
    const failure = await failureOf(store.get('a'));
    expect(failure.message).toBe(
      `cannot read a in ${azurite.url('any')}: 127.0.0.1:${azurite.port} refused the credentials (403 AuthorizationFailure): ` +
        "check what the SAS or the role permits, and the account's network rules",
    );
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(new RegExp(`${key}|SharedKey|AccountKey`));
  });

  test('of an identity do not travel over http', async () => {
    await expect(open(azurite.url('any'), '')).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/sent over https only: set AZURE_STORAGE_CONNECTION_STRING for devstoreaccount1$/),
    });
    const other = 'DefaultEndpointsProtocol=https;AccountName=other;AccountKey=a2V5;EndpointSuffix=core.windows.net';
    await expect(open(azurite.url('any'), other)).rejects.toThrow(/\(the one that is set is for other\)$/);
  });

  test('of an identity are not asked for before the first request', async () => {
    const store = await open('https://acme.blob.core.windows.net/drift/prod', '');
    expect(store.url).toBe('https://acme.blob.core.windows.net/drift/prod');
  });

  test.each([
    'secret',
    'AccountName=a;AccountKey=secret',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=secret',
  ])('in a malformed connection string are a UsageError without them', async (connectionString) => {
    const failure = await failureOf(open(azurite.url('any'), connectionString));
    expect(failure.name).toBe('UsageError');
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('secret');
  });
});

describe('a connection', () => {
  test('that nobody accepts is tried again, then told in one sentence within 10 s', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    server.close();
    await once(server, 'close');

    const started = performance.now();
    const failure = await failureOf(
      (await open(`http://127.0.0.1:${port}/devstoreaccount1/drift`)).put('a', utf8('x')),
    );
    expect(failure.message).toBe(
      `cannot write a in http://127.0.0.1:${port}/devstoreaccount1/drift: 127.0.0.1:${port} refuses connections; ` +
        'check host and port, and that the service runs (ECONNREFUSED)',
    );
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/SharedKey|AccountKey|sig=/);
    expect(performance.now() - started).toBeGreaterThan(1_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('that speaks no TLS says so', async () => {
    const store = await open(azurite.url('drift').replace('http:', 'https:'));
    await expect(collect(store.list(''))).rejects.toThrow(
      /the TLS connection to 127\.0\.0\.1:\d+ failed \(\w+\); check http or https/,
    );
  });

  test('that breaks in the middle of an answer is made again', async () => {
    const container = newContainer();
    const keys = Array.from({ length: 300 }, (_, index) => `part-${String(index).padStart(3, '0')}`);
    const direct = await open(azurite.url(container));
    await Promise.all(keys.map((key) => direct.put(key, utf8('x'))));
    const large = Buffer.alloc(3_000_000, 'drift');
    await direct.put('z', large);

    for (const [breaks, read] of [
      [1, async (url: string) => expect(await keysOf(await open(url), '')).toEqual([...keys, 'z'])],
      [2, async (url: string) => expect(Buffer.compare((await (await open(url)).get('z')).bytes, large)).toBe(0)],
    ] as const) {
      await using proxy = await startBreakingProxy(azurite.port, breaks, 20_000);
      await read(azurite.url(container).replace(String(azurite.port), String(proxy.port)));
      expect(proxy.broken()).toBe(breaks);
    }
  });

  test('that always breaks in the middle of an answer is given up', async () => {
    const url = azurite.url(newContainer());
    await (await open(url)).put('large', Buffer.alloc(1_000_000));
    await using proxy = await startBreakingProxy(azurite.port, Number.POSITIVE_INFINITY, 20_000);
    const store = await open(url.replace(String(azurite.port), String(proxy.port)));
    await expect(store.get('large')).rejects.toThrow(/127\.0\.0\.1:\d+ breaks off its answers/);
    expect(proxy.broken()).toBe(5);
  });

  test('of a version that changed while it was read is a ConflictError', async () => {
    const store = await openNewContainer();
    const { etag } = await store.put('a', utf8('1'));
    await store.put('a', utf8('2'));
    await expect(store.getRange('a', 0, 1, { ifMatch: etag })).rejects.toThrow(ConflictError);
  });
});

/** Passes bytes on to a port, and breaks the first connections after so many bytes of answer. */
async function startBreakingProxy(target: number, breaks: number, afterBytes: number) {
  let broken = 0;
  const server = createServer((client) => {
    const upstream = connectSocket(target, '127.0.0.1');
    let passed = 0;
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      passed += chunk.length;
      client.write(chunk);
      if (passed > afterBytes && broken < breaks) {
        broken++;
        upstream.destroy();
        client.end();
      }
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    broken: () => broken,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
