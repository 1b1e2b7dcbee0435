import { DeliveryError } from './sink.ts';

export interface HttpRequest {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the whole answer. */
  readonly timeoutSeconds: number;
  /** Default POST. */
  readonly method?: 'POST' | 'PUT';
  /** Whether the text of the answer is wanted; by default its status is enough. */
  readonly wantsAnswer?: boolean;
}

export type Fetch = typeof globalThis.fetch;

/** Characters of an answer that anybody asks for; the rest is not read. */
const ANSWER_LENGTH = 65_536;

const NETWORK: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'has no address; check the URL and the DNS'],
  ['EAI_AGAIN', 'has no address, because DNS does not answer'],
  ['ECONNREFUSED', 'refuses connections'],
  ['ECONNRESET', 'cut the connection'],
  ['UND_ERR_SOCKET', 'cut the connection'],
  ['EPIPE', 'cut the connection'],
  ['ETIMEDOUT', 'does not answer'],
  ['UND_ERR_CONNECT_TIMEOUT', 'does not answer'],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ENETUNREACH', 'cannot be reached'],
]);
/** What other bodies need not be answered with. */
const REFUSES_MESSAGE: ReadonlySet<number> = new Set([400, 413, 422]);
/** Nothing of the request has been sent. */
const NEVER_SENT = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH)$/;
const TLS = /^ERR_SSL|^ERR_TLS|CERT|SELF_SIGNED|UNABLE_TO_|^EPROTO$/;

/**
 * Sends a body and returns the answer's text where it is wanted; rejects with a `DeliveryError` for everything but a status of 200 to 299. Follows no
 * redirect: credentials are for the host that was named. Of an answer nothing comes into an error but its status, because
 * receivers repeat what they were sent.
 */
export async function send(
  request: HttpRequest,
  fetch: Fetch = globalThis.fetch,
  now: () => number = Date.now,
): Promise<string> {
  const { timeoutSeconds, wantsAnswer } = request;
  const { url, host, init } = prepared(request);
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutSeconds * 1000) });
  } catch (error) {
    throw notAnswered(host, error, timeoutSeconds);
  }
  const { status, ok } = response;
  if (!ok || wantsAnswer !== true) {
    await response.body?.cancel().catch(() => undefined);
    if (ok) return '';
    throw refused(host, status, retryAfterMs(response.headers.get('retry-after'), now()));
  }
  try {
    return await firstOf(response);
  } catch (error) {
    throw notAnswered(host, error, timeoutSeconds);
  }
}

/** What `fetch` would find wrong before it sends anything is told as that: nobody can have received it. */
function prepared({ url, body, headers = {}, method = 'POST' }: HttpRequest) {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target === undefined || !/^https?:$/.test(target.protocol) || target.username !== '' || target.password !== '') {
    const message =
      'the URL is none that begins with http:// or https:// and has no password; check what its reference stands for';
    throw new DeliveryError(message, { isTransient: false });
  }
  const all = new Headers({ 'content-type': 'application/json', 'user-agent': 'drift-monitor' });
  for (const [name, value] of Object.entries(headers)) {
    try {
      all.set(name, value);
    } catch {
      const message = `the header ${name} cannot be sent; check what its reference stands for, such as a line break`;
      throw new DeliveryError(message, { isTransient: false });
    }
  }
  return { url, host: target.host, init: { method, body, headers: all, redirect: 'manual' } as const };
}

async function firstOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= ANSWER_LENGTH) break;
  }
  return text.slice(0, ANSWER_LENGTH);
}

function refused(host: string, status: number, wait: number | undefined): DeliveryError {
  if (status >= 300 && status < 400) {
    return new DeliveryError(`${host} answered ${status}, a redirect, which is not followed; name the final address`, {
      isTransient: false,
      // Post/Redirect/Get: 301 to 303 are also the answer to what has been done (RFC 9110, 15.4).
      mayHaveArrived: status < 304,
    });
  }
  const isTransient = status === 408 || status === 429 || status >= 500;
  return new DeliveryError(`${host} answered ${status}${meaning(status)}`, {
    isTransient,
    ...(isTransient && wait !== undefined && { retryAfterMs: wait }),
    ...(REFUSES_MESSAGE.has(status) && { refusesMessage: true }),
    // A gateway answers 5xx while what stands behind it goes on; 409 says that there is one already.
    ...(((status >= 500 && status !== 503) || status === 409) && { mayHaveArrived: true }),
  });
}

function meaning(status: number): string {
  if (status === 401 || status === 403) return ': it does not accept the credentials';
  if (status === 404 || status === 410) return ': there is no such address; check the URL';
  if (status === 429) return ': too many requests';
  return '';
}

/** Seconds, or an HTTP date (RFC 9110, 10.2.3). */
function retryAfterMs(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  // `Date.parse` takes `-5` for a year.
  const at = / GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function notAnswered(host: string, error: unknown, timeoutSeconds: number): DeliveryError {
  const code = codeOf(error);
  if (code === 'TimeoutError') {
    const failure = { isTransient: true, mayHaveArrived: true };
    return new DeliveryError(`${host} gave no answer within ${timeoutSeconds} s`, failure);
  }
  if (TLS.test(code)) {
    return new DeliveryError(`${host} has a certificate that is not trusted, or no TLS (${code})`, {
      isTransient: false,
    });
  }
  const what = NETWORK.get(code) ?? 'could not be asked';
  const mayHaveArrived = !NEVER_SENT.test(code);
  return new DeliveryError(`${host} ${what} (${code})`, { isTransient: true, mayHaveArrived });
}

/** `fetch` wraps what happened to the socket; a host with several addresses fails once for each. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return error.name;
  if (error.cause instanceof Error) return codeOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
