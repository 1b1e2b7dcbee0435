import { isIP } from 'node:net';
import { UsageError } from '../errors.ts';
import { withoutSecrets } from './secrets.ts';

export interface DirectoryLocation {
  readonly kind: 'directory';
  /** As written: relative paths are relative to the working directory. */
  readonly path: string;
}

export interface AzureBlobLocation {
  readonly kind: 'azure-blob';
  /** Of the account, without a slash at the end: `https://ACCOUNT.blob.core.windows.net`, `http://127.0.0.1:10000/ACCOUNT`. */
  readonly endpoint: string;
  readonly account: string;
  readonly container: string;
  /** What every key gets in front: empty, or ends with `/`. */
  readonly prefix: string;
  /** A shared access signature without `?`, or empty. A secret. */
  readonly sas: string;
}

export type StorageLocation = DirectoryLocation | AzureBlobLocation;

const ALLOWED =
  'allowed are file:./directory, file:/absolute/directory, https://ACCOUNT.blob.core.windows.net/CONTAINER[/prefix] and ' +
  'http://127.0.0.1:PORT/ACCOUNT/CONTAINER[/prefix]';

/** Naming rules of containers: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const CONTAINER_NAME = /^(?:\$root|\$web|\$logs|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/;

/**
 * Takes a storage URL apart, without any I/O.
 *
 * @throws UsageError with what is allowed; its message has neither a password nor a SAS
 */
export function parseStorageUrl(url: string): StorageLocation {
  if (/^file:/i.test(url)) return parseFileUrl(url);
  if (/^https?:\/\//i.test(url)) return parseBlobUrl(url);
  throw malformed(url, ALLOWED);
}

function parseFileUrl(url: string): DirectoryLocation {
  const rest = url.slice('file:'.length);
  let path = rest;
  if (rest.startsWith('//')) {
    if (!rest.startsWith('///')) throw malformed(url, 'a file: URL has no host; write file:///absolute/directory');
    try {
      path = decodeURIComponent(rest.slice('//'.length));
    } catch {
      throw malformed(url, 'a % in file:/// begins an escape such as %20; write %25 for itself');
    }
  }
  if (path === '' || path.includes('\0')) throw malformed(url, `it names no directory; ${ALLOWED}`);
  return { kind: 'directory', path };
}

/**
 * The same for a URL that is known to begin with `http:` or `https:`.
 *
 * @param blobEndpoint the blob endpoint of a connection string, which may show that a host has the account in its path. IP
 * addresses and names without a dot always have it there.
 */
export function parseBlobUrl(text: string, blobEndpoint?: string): AzureBlobLocation {
  if (!URL.canParse(text)) throw malformed(text, ALLOWED);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw malformed(text, 'credentials do not belong in front of the host');
  if (url.hash !== '') throw malformed(text, 'write %23 for a # in a prefix');
  if (url.hostname.includes('.dfs.')) throw malformed(text, 'use the blob endpoint: .blob. instead of .dfs.');
  if (url.search !== '' && !url.searchParams.has('sig')) {
    throw malformed(text, 'the only query that it may have is a SAS, which has a "sig="');
  }

  const segments = url.pathname.replace(/^\/|\/+$/g, '').split('/');
  const pathStyle = hasAccountInPath(url, blobEndpoint);
  const account = pathStyle ? segments.shift() : url.hostname.split('.')[0];
  const [container, ...prefix] = segments.map((segment) => decode(segment, text));
  if (!account || container === undefined || !CONTAINER_NAME.test(container)) {
    const form = pathStyle ? '/ACCOUNT/CONTAINER' : '/CONTAINER';
    throw malformed(text, `a container (3–63 of a–z, 0–9 and single -) follows the host as ${form}; ${ALLOWED}`);
  }
  if (prefix.includes('')) throw malformed(text, 'its prefix has an empty segment ("//")');
  return {
    kind: 'azure-blob',
    endpoint: pathStyle ? `${url.origin}/${account}` : url.origin,
    account,
    container,
    prefix: prefix.map((segment) => `${segment}/`).join(''),
    sas: url.search.slice(1),
  };
}

function hasAccountInPath(url: URL, blobEndpoint: string | undefined): boolean {
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 || !url.hostname.includes('.')) return true;
  if (blobEndpoint === undefined || !URL.canParse(blobEndpoint)) return false;
  const endpoint = new URL(blobEndpoint);
  return endpoint.origin === url.origin && endpoint.pathname !== '/';
}

function decode(segment: string, url: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw malformed(url, 'a % in it begins an escape such as %20; write %25 for itself');
  }
}

/** The query may be a SAS, what stands before an `@` a password, and the whole a connection string by mistake. */
function malformed(url: string, problem: string): UsageError {
  const shown = withoutSecrets(url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//'));
  return new UsageError([`the storage URL ${JSON.stringify(shown)} cannot be used: ${problem}`]);
}
