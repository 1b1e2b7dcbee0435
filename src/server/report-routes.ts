import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { reportSchema } from '../report/schema.ts';
import { getIfThere, parseJson } from '../storage/json-document.ts';
import { type ObjectInfo, type ObjectStore, StorageNotFoundError } from '../storage/object-store.ts';
import type { ServerContext } from './context.ts';
import { unlessEmpty } from './model-list.ts';
import { PAGE_POLICY, sendPage } from './page-answer.ts';
import { modelName, modelVersion } from './parameters.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const PART_BYTES = 1024 * 1024;

const part = (name: string, pattern: RegExp) => z.string().regex(pattern).describe(`as in storage: ${name}`);

export function reportRoutes({ store }: ServerContext): Route[] {
  const answers = {
    json: {
      200: { description: 'The report as it is stored', schema: reportSchema, headers: { ETag: 'Of what is stored' } },
      304: { description: 'It is the version that If-None-Match names' },
    },
    html: {
      200: { description: 'A page', type: 'text/html', headers: { ETag: 'Of what is stored' } },
      304: { description: 'It is the version that If-None-Match names' },
    },
  };
  const ofHour = z.strictObject({
    model: modelName,
    version: modelVersion,
    year: part('year=2025', /^year=\d{4}$/),
    month: part('month=12', /^month=\d{2}$/),
    day: part('day=24', /^day=\d{2}$/),
    hour: part('hour=17', /^hour=\d{2}$/),
  });
  const headers = { 'If-None-Match': 'An ETag that is known already' };
  return (['json', 'html'] as const).flatMap((kind) => [
    route({
      method: 'GET',
      path: `/reports/{model}/latest.${kind}`,
      operationId: kind === 'json' ? 'getLatestReport' : 'getLatestReportPage',
      summary: `The report of a model's latest window, as ${kind.toUpperCase()}`,
      scope: 'read',
      headers,
      params: z.strictObject({ model: modelName }),
      answers: answers[kind],
      refusals: [404],
      handle: ({ params: { model } }, request, reply) =>
        sendStored(store, `drift-reports/${model}/latest.${kind}`, request, reply),
    }),
    route({
      method: 'GET',
      path: `/reports/{model}/{version}/{year}/{month}/{day}/{hour}/report.${kind}`,
      operationId: kind === 'json' ? 'getReport' : 'getReportPage',
      summary: `The report of the window that ends with an hour, as ${kind.toUpperCase()}`,
      scope: 'read',
      headers,
      params: ofHour,
      answers: answers[kind],
      refusals: [404],
      handle: ({ params: { model, version, year, month, day, hour } }, request, reply) =>
        sendStored(
          store,
          `drift-reports/${model}/${version}/${year}/${month}/${day}/${hour}/report.${kind}`,
          request,
          reply,
        ),
    }),
  ]);
}

/** Streams what is stored, a part at a time. */
async function sendStored(
  store: ObjectStore,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const found = await infoOf(store, key);
  if (found === undefined) return await sendMade(store, key, reply);
  const etag = `"${Buffer.from(found.etag).toString('base64url')}"`;
  const isPage = key.endsWith('.html');
  reply.headers({
    etag,
    'cache-control': 'private, no-cache',
    'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
  });
  if (isPage) reply.header('content-security-policy', PAGE_POLICY);
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).removeHeader('content-type').send();
  reply.header('content-length', found.size);
  if (found.size === 0) return reply.send('');
  // Before anything is sent, so that a failure can still be said.
  const first = await store.getRange(key, 0, Math.min(PART_BYTES, found.size), { ifMatch: found.etag });
  return reply.send(Readable.from(parts(store, found, first)));
}

/** The page of a report that has none: it was made by an earlier version, or its page could not be written. */
async function sendMade(store: ObjectStore, key: string, reply: FastifyReply): Promise<FastifyReply> {
  const jsonKey = key.replace(/\.html$/, '.json');
  const stored = jsonKey === key ? undefined : await unlessEmpty(getIfThere(store, jsonKey), undefined);
  if (stored === undefined) throw new Problem(404, `there is no ${key}`);
  const { success, data: report } = reportSchema.safeParse(parseJson(stored.bytes));
  if (!success) throw new Problem(404, `there is no ${key}, and ${jsonKey} is no report that this program reads`);
  const [{ renderReport }, { loadReportHistory }] = await Promise.all([
    import('../report/html/render.ts'),
    import('../report/report-history.ts'),
  ]);
  const folders = key.split('/').length - 2;
  const links = { models: `${'../'.repeat(folders)}index.html`, json: jsonKey.split('/').at(-1) ?? '' };
  return sendPage(reply, renderReport(report, { history: await loadReportHistory(store, report), links }));
}

function matches(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag) ?? false;
}

async function* parts(
  store: ObjectStore,
  { key, size, etag }: ObjectInfo,
  first: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (let start = first.length; start < size; start += PART_BYTES) {
    yield await store.getRange(key, start, Math.min(start + PART_BYTES, size), { ifMatch: etag });
  }
}

async function infoOf(store: ObjectStore, key: string): Promise<ObjectInfo | undefined> {
  try {
    for await (const info of store.list(key)) if (info.key === key) return info;
  } catch (error) {
    if (!(error instanceof StorageNotFoundError)) throw error;
  }
  return undefined;
}
