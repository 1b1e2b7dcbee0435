import { ConflictError, ObjectNotFoundError, StorageError, StorageNotFoundError } from './object-store.ts';
import { withoutSecrets } from './secrets.ts';

/** What of a request the sentence about its failure needs. */
export interface FailedRequest {
  /** What was tried: `read`, `write`, `list` … */
  readonly verb: string;
  /** Absent for the container as a whole. */
  readonly key?: string;
  readonly container: string;
  /** The storage URL without credentials. */
  readonly url: string;
}

const NETWORK: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'has no address; check the account in the storage URL, and the DNS of this network'],
  ['EAI_AGAIN', 'has no address, because DNS does not answer; check the network'],
  ['ECONNREFUSED', 'refuses connections; check host and port, and that the service runs'],
  ['ECONNRESET', 'cuts connections; check the network, proxies and firewalls between'],
  ['EPIPE', 'cuts connections; check the network, proxies and firewalls between'],
  ['AbortError', 'breaks off its answers; check the network, proxies and firewalls between'],
  ['ETIMEDOUT', 'does not answer; check the host, the network and its firewalls'],
  ['EHOSTUNREACH', 'cannot be reached; check the network'],
  ['ENETUNREACH', 'cannot be reached; check the network'],
]);

const REFUSALS: ReadonlyMap<string, string> = new Map([
  [
    'AuthenticationFailed',
    'check that key or SAS belong to the account and have not expired, and the clock of this machine',
  ],
  ['AuthorizationFailure', "check what the SAS or the role permits, and the account's network rules"],
  ['AuthorizationPermissionMismatch', 'give the identity the role Storage Blob Data Contributor (Reader for logs)'],
  ['InvalidAuthenticationInfo', "check that the identity is of the storage account's tenant"],
  [
    'KeyBasedAuthenticationNotPermitted',
    'the account takes no keys; unset AZURE_STORAGE_CONNECTION_STRING to use an identity',
  ],
]);

const CREDENTIAL_ERRORS: readonly string[] = [
  'CredentialUnavailableError',
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
];

/** Conditions that a request may set; the other 409 and 412 (leases, immutable blobs, a container being deleted) are none. */
const CONFLICTS: readonly unknown[] = ['BlobAlreadyExists', 'ConditionNotMet', 'TargetConditionNotMet'];

/** The second from accounts with a hierarchical namespace. */
const NO_CONTAINER: readonly unknown[] = ['ContainerNotFound', 'FilesystemNotFound'];

export function isMissingContainer({ code }: SdkError): boolean {
  return NO_CONTAINER.includes(code);
}

/** Not any 404: without Azure's code it is from something between, and says nothing of the blob. */
export function isMissingBlob(failure: SdkError): boolean {
  return failure.status === 404 && failure.code !== undefined && !isMissingContainer(failure);
}

/** What the SDK throws, as far as it is known: `RestError` has all of it, errors of credentials and streams less. */
export interface SdkError {
  readonly name: string;
  readonly message: string;
  /** Azure's error code, or the socket's. */
  readonly code?: string;
  /** HTTP */
  readonly status?: number;
  readonly stack?: string;
}

export function sdkError(error: unknown): SdkError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
  const { name, message, stack } = error;
  return { name, message, ...(code && { code }), ...(status && { status }), ...(stack && { stack }) };
}

/**
 * A failed request as the contract's error: for a missing blob `ObjectNotFoundError`, for a condition that does not hold
 * `ConflictError`, for the rest one sentence with the host, the cause and what to do. Its `cause` keeps the service's
 * message (with the request's id) and the stack, but not the request, whose headers and URL have secrets.
 */
export function azureError(error: unknown, request: FailedRequest): StorageError {
  if (error instanceof StorageError) return error;
  const failure = sdkError(error);
  const { key, url } = request;
  if (key !== undefined) {
    if (request.verb === 'read' && isMissingBlob(failure)) return new ObjectNotFoundError(key, url);
    if (CONFLICTS.includes(failure.code)) return new ConflictError(key, url);
  }
  const subject = key === undefined ? url : `${key} in ${url}`;
  const Failed = isMissingContainer(failure) ? StorageNotFoundError : StorageError;
  return new Failed(`cannot ${request.verb} ${subject}: ${explain(failure, request)}`, {
    cause: causeOf(failure),
  });
}

function explain(failure: SdkError, { url, container }: FailedRequest): string {
  const { name, message, code, status } = failure;
  const { host } = new URL(url);
  const answer = [status, code].filter((part) => part !== undefined).join(' ');
  if (status !== undefined && code === undefined) {
    return `${host} answered ${status}, but not as Azure does; check that the URL names Azure Blob Storage, and proxies between`;
  }
  if (isMissingContainer(failure)) return `${host} has no container ${container}; check the storage URL or create it`;
  if (status === 401 || status === 403) {
    const advice = REFUSALS.get(code ?? '') ?? 'check the credentials and what they permit';
    return `${host} refused the credentials (${answer}): ${advice}`;
  }
  if (CREDENTIAL_ERRORS.includes(name)) {
    return (
      `no Azure credential is available for ${host} (${name}); set AZURE_STORAGE_CONNECTION_STRING of this account, put a SAS ` +
      'into the storage URL, give the pod a workload identity, or sign in with "az login"'
    );
  }
  if (status !== undefined) return `${host} answered ${answer}: ${firstLine(message)}`;
  const network = NETWORK.get(code ?? name);
  if (network !== undefined) return `${host} ${network} (${code ?? name})`;
  if (code !== undefined && /CERT|SSL|TLS|EPROTO|SIGNATURE/.test(code)) {
    return `the TLS connection to ${host} failed (${code}); check http or https in the URL, and NODE_EXTRA_CA_CERTS`;
  }
  return `${host}: ${firstLine(message) || (code ?? name)}`;
}

function causeOf({ name, message, code, status, stack }: SdkError): Error {
  const cause = Object.assign(new Error(withoutSecrets(message)), {
    name,
    ...(code && { code }),
    ...(status && { status }),
  });
  if (stack !== undefined) cause.stack = withoutSecrets(stack);
  return cause;
}

/** Lines after the first are the request's id and time. */
function firstLine(message: string): string {
  return withoutSecrets(message.split('\n', 1)[0]?.trim() ?? '');
}
