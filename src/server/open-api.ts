import { z } from 'zod';
import { PROBLEM_TYPE, problemSchema } from './problem.ts';
import type { Answer, Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'What was sent cannot be used',
  401: 'A token is needed, or it is none of those that are known',
  403: "The token's scope does not allow it, or the request comes from another site",
  404: 'There is no such thing',
  405: 'The path has no such method; Allow says which it has',
  406: 'None of the types that are accepted is there',
  409: 'Not possible as things stand',
  412: 'It was changed since the version that If-Match names',
  413: 'The body is too large',
  415: 'The body is not JSON',
  428: 'It has to be said which version is to be replaced: If-Match',
  429: 'Too much at once; Retry-After says when to come back',
  500: 'An error that nobody foresaw',
  502: 'Who was asked to start it has refused',
  503: 'The storage does not answer, or the server is stopping',
};

/** The statuses of refusals that a route may answer with. */
export function refusalsOf({ scope, body, refusals = [], isLimited = true }: Route): number[] {
  const access = scope === undefined ? [403] : [401, 403];
  const ofBody = body === undefined ? [] : [413, 415];
  const limited = isLimited ? [429] : [];
  return [...new Set([400, ...access, ...ofBody, ...limited, 500, 503, ...refusals])].sort((a, b) => a - b);
}

/** Describes routes: https://spec.openapis.org/oas/v3.1.1. */
export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    const ofPath = paths[route.path] ?? {};
    ofPath[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'drift-monitor',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: 'What moved between the training data of a model and its inference logs; and where services log to.',
    },
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        password: {
          type: 'http',
          scheme: 'basic',
          description: 'For browsers: any user, the token as password; GET only',
        },
      },
    },
  };
}

function operation(route: Route): Json {
  const { operationId, summary, description, scope, body, headers = {}, answers, method } = route;
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...Object.entries(headers).map(([name, what]) => ({
      name,
      in: 'header',
      description: what,
      schema: { type: 'string' },
    })),
  ];
  const schemes = method === 'GET' ? [{ bearer: [] }, { password: [] }] : [{ bearer: [] }];
  return {
    operationId,
    summary,
    ...(description && { description }),
    ...(scope && { description: [description, `Scope: ${scope}.`].filter(Boolean).join(' '), security: schemes }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body.schema, 'input') } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, goodAnswer(answer)])),
      ...Object.fromEntries(refusalsOf(route).map((status) => [status, refusal(status)])),
    },
  };
}

function goodAnswer({ description, schema, type = 'application/json', headers = {} }: Answer): Json {
  const content = { [type]: schema === undefined ? {} : { schema: jsonSchema(schema, 'output') } };
  return { description, headers: described(headers), content };
}

function refusal(status: number): Json {
  const headers: Record<string, string> = {
    ...((status === 429 || status === 503) && { 'Retry-After': 'Seconds' }),
    ...(status === 401 && { 'WWW-Authenticate': 'How to give a token' }),
  };
  const content = { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
  return { description: REFUSALS[status] ?? 'Refused', headers: described(headers), content };
}

function described(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'output' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...bare } = clean(property) as Record<string, unknown>;
    const isRequired = place === 'path' || (required.includes(name) && !('default' in bare));
    return { name, in: place, ...(description ? { description } : {}), required: isRequired, schema: bare };
  });
}

/** JSON Schema, without the keywords that are this program's own. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...bare } = clean(z.toJSONSchema(schema, { io })) as Record<string, unknown>;
  return bare;
}

const OWN = new Set(['env', 'flag', 'unit', 'allowed']);

/** `properties` maps names that people chose. */
function clean(schema: unknown, isMap = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => clean(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(
    ([key, value]) => isMap || !(OWN.has(key) && typeof value === 'string'),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, clean(value, !isMap && key === 'properties')]));
}
