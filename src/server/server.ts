import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { authorize, identify } from './access.ts';
import { configRoutes } from './config-routes.ts';
import type { ServerContext } from './context.ts';
import { driftRoutes } from './drift-routes.ts';
import { loggingRoutes } from './logging-routes.ts';
import { jsonSchema, openApi } from './open-api.ts';
import { operateRoutes } from './operate-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { PROBLEM_TYPE, Problem, problemDocument, problemOf } from './problem.ts';
import { reportRoutes } from './report-routes.ts';
import { type Route, route } from './route.ts';
import { serverMetrics, serviceRoutes } from './service-routes.ts';

const MIB = 1024 * 1024;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** Of one request, its body included. */
const REQUEST_TIMEOUT_MS = 30_000;

const UNREADABLE: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, `the request took longer than ${REQUEST_TIMEOUT_MS / 1000} s`],
  HPE_HEADER_OVERFLOW: [431, 'the headers are too long'],
};

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** The server, not listening yet. Closing it stops accepting, finishes what was asked, and writes what was logged. */
export async function createServer(context: ServerContext): Promise<FastifyInstance> {
  const { settings, tokens, loggers, checks } = context;
  const bodyLimit = settings.serveBodyLimitMib * MIB;
  const app: FastifyInstance = fastify({
    loggerInstance: context.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Every half a minute else, which makes of the timeout two or three.
    http: { connectionsCheckingInterval: 1000 },
    clientErrorHandler: refuseUnreadable,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: 256 },
    // What was sent is refused or taken as it is; 1e999, which JSON.parse makes infinite, is no number.
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        strict: false,
        strictNumbers: true,
      },
    },
    schemaErrorFormatter: (errors) => {
      // Of a value that may be of several kinds each kind complains; what lies deepest is what is wrong.
      const depth = (path: string) => path.split('/').length;
      const deepest = Math.max(...errors.map(({ instancePath }) => depth(instancePath)));
      const told = errors.filter(({ instancePath, keyword }) => depth(instancePath) === deepest && keyword !== 'anyOf');
      const where = (told[0] ?? errors[0])?.instancePath.slice(1).replaceAll('/', '.') || 'the body';
      const what = [...new Set(told.map(({ message = 'is wrong' }) => message))].join(', or ');
      return new Problem(400, 'the body cannot be used', { problems: [`${where}: ${what}`] });
    },
    // Those that come while it stops are the last of their connections.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const problem = problemOf(error);
      reply.code(problem.status).headers(SECURITY_HEADERS).type(PROBLEM_TYPE);
      void reply.send(JSON.stringify(problemDocument(problem, request.id)));
    },
  });
  app.decorateRequest('client', undefined);
  readJson(app);

  const metrics = serverMetrics(loggers);
  let isStopping = false;
  let patience: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    isStopping = true;
    // Whoever has not sent or read it by then leaves no time for writing what was logged.
    patience = setTimeout(() => app.server.closeAllConnections(), settings.serveGraceSeconds * 300);
  });
  app.addHook('onClose', async () => clearTimeout(patience));
  // An idle connection would keep the server from ending.
  app.addHook('onSend', async (_, reply) => {
    if (isStopping) reply.header('connection', 'close');
  });
  app.addHook('onClose', async () => {
    await Promise.all([loggers.close(), checks.close()]);
  });
  const cleaning = setInterval(() => loggers.closeIdle(), 60_000).unref();
  app.addHook('onClose', async () => clearInterval(cleaning));

  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  });
  app.addHook('onRequest', identify(tokens));
  await app.register(rateLimit, {
    max: settings.serveRequestsPerSecond,
    timeWindow: 1000,
    keyGenerator: ({ client, ip }) => (client === undefined ? `address ${ip}` : `token ${client.name}`),
    errorResponseBuilder: (_, { max }) =>
      new Problem(429, `more than ${max} requests in a second; send it again later`, { retryAfter: 1 }),
  });
  app.addHook('preParsing', authorize);
  app.addHook('preParsing', async ({ headers }) => {
    if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
      throw new Problem(415, 'the body must be sent as it is, without Content-Encoding');
    }
  });
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'none';
    metrics.observe(request.method, path, reply.statusCode, reply.elapsedTime / 1000);
    const said = { method: request.method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    const isNews = reply.statusCode >= 500 || request.routeOptions.config.scope === 'operate';
    request.log[isNews ? 'info' : 'debug']({ ...said, client: request.client?.name }, 'Answered');
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) request.log.error({ err: error }, 'A request failed');
    if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
    return reply
      .code(problem.status)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problemDocument(problem, request.id)));
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, () => {
    throw new Problem(404, 'there is no such path; GET /openapi.json lists all');
  });

  const routes = [
    ...serviceRoutes(context, metrics, () => isStopping),
    ...driftRoutes(context),
    ...reportRoutes(context),
    ...pageRoutes(context),
    ...loggingRoutes(context),
    ...operateRoutes(context),
    ...configRoutes(context),
  ];
  const document = openApi([...routes, documentRoute(() => document)], context.version);
  register(app, [...routes, documentRoute(() => document)], bodyLimit);
  return app;
}

/** What is no request, or none that came to its end. */
function refuseUnreadable({ code = '' }: Error & { readonly code?: string }, socket: Socket): void {
  if (code !== 'ECONNRESET' && socket.writable) {
    const [status, detail] = UNREADABLE[code] ?? [400, 'this is no HTTP request'];
    const problem = problemDocument(new Problem(status, detail), randomUUID());
    const body = JSON.stringify(problem);
    const headers = { 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' };
    const lines = Object.entries({ ...SECURITY_HEADERS, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${problem.title}\r\n${lines.join('')}\r\n${body}`);
  }
  socket.destroy();
}

/** As a buffer, so that bytes that are no UTF-8 are refused instead of replaced. */
function readJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    try {
      // A property `__proto__` is one like any other here.
      done(null, JSON.parse(decoder.decode(body as Buffer)));
    } catch {
      done(new Problem(400, 'the body is no JSON'), undefined);
    }
  });
}

function documentRoute(document: () => unknown): Route {
  return route({
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This description, in OpenAPI 3.1',
    scope: undefined,
    answers: { 200: { description: 'The description' } },
    async handle() {
      return document();
    },
  });
}

function register(app: FastifyInstance, routes: readonly Route[], bodyLimit: number): void {
  for (const one of routes) {
    const { admit } = one;
    app.route({
      method: one.method,
      url: urlOf(one),
      config: { scope: one.scope, ...(one.isLimited === false && { rateLimit: false }) },
      ...(one.body && one.body.checkedByHandler !== true && { schema: { body: jsonSchema(one.body.schema, 'input') } }),
      ...(one.body?.limitBytes && { bodyLimit: Math.min(one.body.limitBytes, bodyLimit) }),
      ...(admit && { preParsing: async (request: FastifyRequest) => admit(request) }),
      handler: (request, reply) => one.answer(request, reply),
    });
  }
  for (const [url, ofUrl] of Map.groupBy(routes, urlOf)) {
    const known = ofUrl.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    app.route({
      method: app.supportedMethods.filter((method) => !known.includes(method)),
      url,
      // Before a body is looked at.
      onRequest: async (_, reply) => {
        reply.header('allow', known.join(', '));
        throw new Problem(405, `${url} takes ${known.join(', ')} only`);
      },
      handler: async () => undefined,
    });
  }
}

/** As the router writes it. */
function urlOf({ path }: Route): string {
  return path.replace(/\{([a-z_]+)\}/g, ':$1');
}
