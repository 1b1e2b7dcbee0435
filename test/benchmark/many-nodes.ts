import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What requests were for. `lists` are pages. */
export const REQUEST_KINDS = ['lists', 'logReads', 'profileReads', 'otherReads', 'writes'] as const;
export type Requests = Record<(typeof REQUEST_KINDS)[number], number>;

/** One file of each node in every hour partition; all of them hold the same bytes. */
export interface NodeLogs {
  readonly nodes: number;
  readonly file: Uint8Array;
}

export interface LogEntry {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/**
 * A stand-in for Azure Blob Storage that answers at once, as far as `detect` asks: logs of as many nodes as one likes, which
 * need no space, beside objects that are really there. Names and ETags are as random as real ones, because ledgers hold them.
 */
export interface ManyNodes {
  /** Storage URL and connection string, for the program. */
  readonly url: string;
  readonly connectionString: string;
  readonly objects: Map<string, Uint8Array>;
  logs: NodeLogs;
  /** The log files of the hour partition `prefix`, sorted by key. */
  entries(prefix: string): readonly LogEntry[];
  /** Since the last call. */
  takeRequests(): Requests;
  stop(): void;
}

const ACCOUNT = 'devstoreaccount1';
const CONTAINER = 'bench';
const NOT_FOUND = '<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code></Error>';
const MODIFIED = 'Wed, 24 Dec 2025 17:00:04 GMT';

export async function startManyNodes(): Promise<ManyNodes> {
  const listed = new Map<string, readonly LogEntry[]>();
  const objects = new Map<string, Uint8Array>();
  let logs: NodeLogs = { nodes: 0, file: new Uint8Array() };
  let requests = noRequests();

  const entries = (prefix: string) => {
    const known = listed.get(prefix);
    if (known !== undefined) return known;
    const made = Array.from({ length: logs.nodes }, (_, node) => entryOf(prefix, node, logs));
    listed.set(
      prefix,
      made.sort((a, b) => (a.key < b.key ? -1 : 1)),
    );
    return made;
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const key = decodeURIComponent(pathname).slice(`/${ACCOUNT}/${CONTAINER}/`.length);
    requests[kindOf(request, key, searchParams)] += 1;
    if (request.method === 'PUT') return void store(request, response, objects, key);
    if (searchParams.get('comp') === 'list') return void respond(response, 200, page(entries, searchParams));
    const bytes = key.startsWith('inference-logs/') ? logs.file : objects.get(key);
    if (bytes === undefined) return void respond(response, 404, NOT_FOUND, { 'x-ms-error-code': 'BlobNotFound' });
    sendRange(request, response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${ACCOUNT}`;
  return {
    url: `${endpoint}/${CONTAINER}`,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=bm90IGNoZWNrZWQ=;BlobEndpoint=${endpoint};`,
    objects,
    get logs() {
      return logs;
    },
    set logs(next) {
      logs = next;
      listed.clear();
    },
    entries,
    takeRequests() {
      const taken = requests;
      requests = noRequests();
      return taken;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function noRequests(): Requests {
  return { lists: 0, logReads: 0, profileReads: 0, otherReads: 0, writes: 0 };
}

function kindOf({ method }: IncomingMessage, key: string, query: URLSearchParams): keyof Requests {
  if (method !== 'GET') return 'writes';
  if (query.get('comp') === 'list') return 'lists';
  if (key.startsWith('inference-logs/')) return 'logReads';
  return key.startsWith('profiles/') ? 'profileReads' : 'otherReads';
}

/** Named as the project's own logger names files. */
function entryOf(prefix: string, node: number, { file }: NodeLogs): LogEntry {
  const hash = createHash('sha256').update(`${prefix} ${node}`).digest('hex');
  const uuid = [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join(
    '-',
  );
  const second = String(node % 60).padStart(2, '0');
  const etag = `0x8DE${hash.slice(32, 44).toUpperCase()}`;
  return { key: `${prefix}20251224T1700${second}000Z-${uuid}.parquet`, etag, size: file.length };
}

/** One page of a listing, with the properties that Azure gives. */
function page(entries: (prefix: string) => readonly LogEntry[], query: URLSearchParams): string {
  const all = entries(query.get('prefix') ?? '');
  const from = Number(query.get('marker') ?? 0);
  const to = from + Number(query.get('maxresults') ?? 5000);
  const blobs = all
    .slice(from, to)
    .map(
      ({ key, etag, size }) =>
        `<Blob><Name>${key}</Name><Properties><Creation-Time>${MODIFIED}</Creation-Time><Last-Modified>${MODIFIED}</Last-Modified>` +
        `<Etag>${etag}</Etag><Content-Length>${size}</Content-Length><Content-Type>application/vnd.apache.parquet</Content-Type>` +
        '<Content-Encoding /><Content-Language /><Content-CRC64 /><Content-MD5>1B2M2Y8AsgTpgAmY7PhCfg==</Content-MD5><Cache-Control />' +
        '<Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred>' +
        '<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>' +
        '<OrMetadata /></Blob>',
    );
  const next = to < all.length ? `<NextMarker>${to}</NextMarker>` : '<NextMarker />';
  return `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="${CONTAINER}"><Blobs>${blobs.join('')}</Blobs>${next}</EnumerationResults>`;
}

async function store(
  request: IncomingMessage,
  response: ServerResponse,
  objects: Map<string, Uint8Array>,
  key: string,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  objects.set(key, Buffer.concat(chunks));
  respond(response, 201, '', { etag: '"0x1"', 'last-modified': MODIFIED });
}

function sendRange({ headers }: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-ms-range'])) ?? [];
  const isPart = from !== undefined && to !== undefined;
  const body = isPart ? bytes.subarray(Number(from), Number(to) + 1) : bytes;
  const etag = headers['if-match'] ?? '"0x1"';
  respond(response, isPart ? 206 : 200, body, { etag, 'last-modified': MODIFIED });
}

function respond(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = { 'content-type': typeof body === 'string' ? 'application/xml' : 'application/octet-stream' };
  response.writeHead(status, {
    ...type,
    'content-length': Buffer.byteLength(body),
    'x-ms-version': '2025-05-05',
    ...headers,
  });
  response.end(body);
}
