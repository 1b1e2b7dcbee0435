import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import type { Client, Scope, Tokens } from './tokens.ts';
import { SCOPES } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where no token of ours was given. */
    client: Client | undefined;
  }
  interface FastifyContextConfig {
    /** What a client must be allowed; undefined: everybody may. */
    scope?: Scope | undefined;
  }
}

/** Without tokens, which only this machine can reach. */
const LOCAL: Client = { name: 'local', scopes: SCOPES };

/** Whether an address that is listened on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Who asks. Without tokens a request has to name this machine as its host: otherwise a page from anywhere could, by a name that
 * turns into 127.0.0.1, speak to this server with a visitor's browser. What changes something must not come from another
 * site's page at all.
 */
export function identify(tokens: Tokens): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { host = '', origin } = request.headers;
    if (origin !== undefined && request.method !== 'GET' && request.method !== 'HEAD' && hostOf(origin) !== host) {
      throw new Problem(403, 'the page that sent this is of another site');
    }
    if (tokens.count === 0) {
      if (!isLoopback(nameIn(host))) {
        throw new Problem(403, 'without tokens only requests to localhost, 127.0.0.1 or [::1] are answered');
      }
      request.client = LOCAL;
      return;
    }
    const token = tokenIn(request);
    request.client = token === undefined ? undefined : tokens.find(token);
  };
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** The name in a Host header, without port and brackets. */
function nameIn(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

/** From `Authorization: Bearer`. A browser can only ask for a password: for pages that is a token as well. */
function tokenIn({ headers, method }: FastifyRequest): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+) *$/.exec(headers.authorization ?? '') ?? [];
  if (/^bearer$/i.test(scheme)) return credentials;
  if (!/^basic$/i.test(scheme) || (method !== 'GET' && method !== 'HEAD')) return undefined;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

/** Before the body is read. */
export async function authorize(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { scope } = request.routeOptions.config;
  if (scope === undefined) return;
  if (request.client === undefined) {
    // Two headers: browsers read no second challenge in one.
    reply.header('www-authenticate', ['Bearer realm="drift-monitor"', 'Basic realm="drift-monitor", charset="UTF-8"']);
    throw new Problem(
      401,
      'a token is needed: Authorization: Bearer TOKEN (in a browser: any user, the token as password)',
    );
  }
  if (!request.client.scopes.includes(scope)) {
    throw new Problem(403, `the token ${request.client.name} does not have the scope ${scope}`);
  }
}
