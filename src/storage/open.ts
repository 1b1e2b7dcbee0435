import { resolve } from 'node:path';
import { DirectoryStore } from './directory.ts';
import type { ObjectStore } from './object-store.ts';
import { parseStorageUrl } from './storage-url.ts';

export type { ObjectInfo, ObjectStore, StoredObject, WriteCondition } from './object-store.ts';
export { ConflictError, ObjectNotFoundError, StorageError } from './object-store.ts';
export {
  type AzureBlobLocation,
  type DirectoryLocation,
  parseStorageUrl,
  type StorageLocation,
} from './storage-url.ts';

export interface OpenStoreOptions {
  /** Where `AZURE_STORAGE_CONNECTION_STRING` is looked up; default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** What a relative `file:` path is relative to; default: this process's working directory. */
  readonly cwd?: string;
}

/**
 * Opens the storage that a URL names: `file:./directory`, `file:/absolute/directory`, `file:///absolute/directory`,
 * `https://ACCOUNT.blob.core.windows.net/CONTAINER[/prefix]`, `http://127.0.0.1:PORT/ACCOUNT/CONTAINER[/prefix]`. It does no
 * I/O: that storage exists and can be reached shows with its first use.
 *
 * Credentials for Azure are those of `AZURE_STORAGE_CONNECTION_STRING` when that is for the URL's account, else a SAS in the
 * URL's query, else what `DefaultAzureCredential` of `@azure/identity` finds.
 *
 * @throws UsageError when the URL or the connection string is malformed
 */
export async function openStore(
  url: string,
  { env = process.env, cwd = process.cwd() }: OpenStoreOptions = {},
): Promise<ObjectStore> {
  const location = parseStorageUrl(url);
  if (location.kind === 'directory') return new DirectoryStore(resolve(cwd, location.path));

  // the SDK takes 0.3 s to load, which a directory shall not pay for
  const [{ connectContainer }, { AzureBlobStore }] = await Promise.all([
    import('./azure-connection.ts'),
    import('./azure-blob.ts'),
  ]);
  const { container, prefix } = await connectContainer(url, env);
  return new AzureBlobStore(container, prefix);
}
