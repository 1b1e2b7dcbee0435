import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Problem } from './problem.ts';
import type { Scope } from './tokens.ts';

/** One kind of good answer. */
export interface Answer {
  readonly description: string;
  /** Undefined: no JSON. */
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BodyDefinition<B extends z.ZodType> {
  readonly schema: B;
  /** True: the handler checks it itself, in words of its own. */
  readonly checkedByHandler?: boolean;
  /** Where it is smaller than that of the server. */
  readonly limitBytes?: number;
}

/** One method of one path: everything that the server and its documentation know of it. */
export interface RouteDefinition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** As in OpenAPI: `/drift/status/{model}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Undefined: everybody may. */
  readonly scope: Scope | undefined;
  /** False for what has to be answered whatever else is asked. */
  readonly isLimited?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: BodyDefinition<B>;
  /** Request headers that mean something. */
  readonly headers?: Readonly<Record<string, string>>;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of refusals besides those that every route of its kind has. */
  readonly refusals?: readonly number[];
  /** Before the body is read. */
  readonly admit?: (request: FastifyRequest) => void;
  handle(
    asked: { readonly params: z.output<P>; readonly query: z.output<Q>; readonly body: z.output<B> },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown>;
}

/** The same where the types of what is asked no longer matter. */
export type Route = Omit<RouteDefinition<z.ZodObject, z.ZodObject, z.ZodType>, 'handle'> & {
  answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
};

export function route<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
>(definition: RouteDefinition<P, Q, B>): Route {
  const { handle, ...known } = definition;
  return {
    ...known,
    async answer(request, reply) {
      const params = parsed(definition.params, request.params, 'path');
      const query = parsed(definition.query, request.query, 'query');
      // Checked already, by the JSON Schema that was compiled from its own.
      const body = request.body as z.output<B>;
      return await handle({ params, query, body }, request, reply);
    },
  };
}

function parsed<T extends z.ZodObject>(schema: T | undefined, value: unknown, place: string): z.output<T> {
  if (schema === undefined) {
    const names = Object.keys(value ?? {});
    if (place === 'query' && names.length > 0) {
      throw new Problem(400, 'this path takes no query', {
        problems: names.map((name) => `${name}: no such parameter`),
      });
    }
    return {} as z.output<T>;
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new Problem(400, `the ${place} cannot be used`, {
    problems: error.issues.map(({ path, message }) => `${[place, ...path].join('.')}: ${message}`),
  });
}
