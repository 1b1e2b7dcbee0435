import type { TokenCredential } from '@azure/identity';
import {
  AnonymousCredential,
  BlobServiceClient,
  ContainerClient,
  type StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { UsageError } from '../errors.ts';
import { createAgent } from './connect-timeout.ts';
import { type AzureBlobLocation, parseBlobUrl } from './storage-url.ts';

/** With the delays of 0, 0.2, 0.6 and 1.4 s that come of it, and the connect time-out, an absent host takes 10 s. */
const RETRY_OPTIONS = { maxTries: 5, retryDelayInMs: 200, maxRetryDelayInMs: 5_000, tryTimeoutInMs: 60_000 };

interface ConnectionString {
  readonly account: string;
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly credential: StorageSharedKeyCredential | AnonymousCredential;
  /** Without `?`; empty when the credential is a key. */
  readonly sas: string;
}

type Credentials = Pick<ConnectionString, 'sas'> & {
  readonly credential: ConnectionString['credential'] | TokenCredential;
};

/**
 * The container that an `http(s):` storage URL names, without asking whether it exists.
 *
 * Credentials come from `AZURE_STORAGE_CONNECTION_STRING` when it is for the URL's account, else from a SAS in the URL, else
 * from the environment as `DefaultAzureCredential` finds them (workload identity, `az login` …).
 *
 * @throws UsageError when the URL or the connection string is malformed, or a token would have to travel over http
 */
export async function connectContainer(
  url: string,
  env: NodeJS.ProcessEnv,
  agent = createAgent(url),
): Promise<{ readonly container: ContainerClient; readonly prefix: string }> {
  const connectionString = parseConnectionString(env.AZURE_STORAGE_CONNECTION_STRING);
  const location = parseBlobUrl(url, connectionString?.endpoint);
  const { credential, sas } = await chooseCredentials(location, connectionString);
  // the SDK does not declare `agent`, but hands it on to its core, which does
  const options: StoragePipelineOptions & { agent: unknown } = { retryOptions: RETRY_OPTIONS, agent };
  const query = sas === '' ? '' : `?${sas}`;
  const container = new ContainerClient(`${location.endpoint}/${location.container}${query}`, credential, options);
  return { container, prefix: location.prefix };
}

async function chooseCredentials(
  { account, endpoint, sas }: AzureBlobLocation,
  connectionString: ConnectionString | undefined,
): Promise<Credentials> {
  if (connectionString && (connectionString.account === account || connectionString.endpoint === endpoint)) {
    return connectionString;
  }
  if (sas !== '') return { credential: new AnonymousCredential(), sas };
  if (endpoint.startsWith('http:')) {
    const present = connectionString ? ` (the one that is set is for ${connectionString.account})` : '';
    throw new UsageError([
      `the storage URL ${endpoint} needs a key or a SAS, because an identity's token is sent over https only: set ` +
        `AZURE_STORAGE_CONNECTION_STRING for ${account}${present}`,
    ]);
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  return { credential: new DefaultAzureCredential(), sas: '' };
}

function parseConnectionString(text = ''): ConnectionString | undefined {
  if (text.trim() === '') return undefined;
  try {
    const { url, accountName, credential } = BlobServiceClient.fromConnectionString(text.trim());
    const { origin, pathname, search } = new URL(url);
    const endpoint = `${origin}${pathname}`.replace(/\/$/, '');
    if (credential instanceof StorageSharedKeyCredential) {
      return { account: credential.accountName, endpoint, credential, sas: '' };
    }
    return { account: accountName, endpoint, credential: new AnonymousCredential(), sas: search.slice(1) };
  } catch {
    throw new UsageError([
      'AZURE_STORAGE_CONNECTION_STRING is not a connection string: copy it whole, as in "DefaultEndpointsProtocol=https;' +
        'AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net" or "BlobEndpoint=…;SharedAccessSignature=…"',
    ]);
  }
}
