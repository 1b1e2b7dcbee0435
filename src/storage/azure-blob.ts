import { posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobDownloadResponseParsed, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { azureError, isMissingBlob, isMissingContainer, sdkError } from './azure-error.ts';
import { inKeyOrder, type ListedBlob } from './hierarchical-order.ts';
import { assertKey } from './key.ts';
import {
  ConflictError,
  type ObjectInfo,
  type ObjectStore,
  type StoredObject,
  type WriteCondition,
} from './object-store.ts';
import { assertRange } from './range.ts';

/** Azure gives up to 5,000 in an answer, whose parsing would hold the event loop for a tenth of a second. */
const LIST_PAGE_SIZE = 1_000;

const TRIES = 5;

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['.json', 'application/json'],
  ['.jsonl', 'application/jsonl'],
  ['.html', 'text/html; charset=utf-8'],
  ['.parquet', 'application/vnd.apache.parquet'],
  ['.csv', 'text/csv; charset=utf-8'],
  ['.gz', 'application/gzip'],
]);

/**
 * Objects as block blobs of one container, below `prefix`. The container need not exist before the first write.
 *
 * @param container with the credentials and the retries that requests shall have
 * @param prefix what every key gets in front: empty, or ends with `/`
 */
export class AzureBlobStore implements ObjectStore {
  readonly url: string;
  readonly #container: ContainerClient;
  readonly #prefix: string;

  constructor(container: ContainerClient, prefix: string) {
    this.#container = container;
    this.#prefix = prefix;
    const { origin, pathname } = new URL(container.url); // its query may be a SAS
    this.url = `${origin}${pathname}/${prefix}`.replace(/\/$/, '');
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    try {
      yield* inKeyOrder(this.#blobs(prefix));
    } catch (error) {
      throw this.#error('list', undefined, error);
    }
  }

  async get(key: string): Promise<StoredObject> {
    try {
      return await this.#download(key, (blob) => blob.download());
    } catch (error) {
      throw this.#error('read', key, error);
    }
  }

  async getRange(key: string, start: number, end: number, condition: { readonly ifMatch?: string } = {}) {
    assertRange(start, end);
    const conditions = toConditions(condition);
    try {
      const { bytes } = await this.#download(key, (blob) => blob.download(start, end - start, { conditions }));
      return bytes;
    } catch (error) {
      if (sdkError(error).code === 'InvalidRange') return new Uint8Array(); // the object ends before the range begins
      throw this.#error('read', key, error);
    }
  }

  async put(key: string, bytes: Uint8Array, condition: WriteCondition = {}): Promise<{ readonly etag: string }> {
    const blob = this.#blob(key);
    const contentType = CONTENT_TYPES.get(posix.extname(key)) ?? 'application/octet-stream';
    const options = { conditions: toConditions(condition), blobHTTPHeaders: { blobContentType: contentType } };
    const upload = async () => ({ etag: toEtag((await blob.upload(bytes, bytes.byteLength, options)).etag) });
    try {
      return await upload();
    } catch (error) {
      if (!isMissingContainer(sdkError(error))) throw this.#error('write', key, error);
    }
    try {
      await this.#container.createIfNotExists();
      return await upload();
    } catch (error) {
      throw this.#error('write', key, error);
    }
  }

  async delete(key: string, condition: { readonly ifMatch?: string } = {}): Promise<void> {
    try {
      await this.#blob(key).delete({ conditions: toConditions(condition) });
    } catch (error) {
      const failure = sdkError(error);
      if (isMissingBlob(failure) || isMissingContainer(failure)) {
        if (condition.ifMatch === undefined) return;
        throw new ConflictError(key, this.url);
      }
      throw this.#error('delete', key, error);
    }
  }

  async *#blobs(prefix: string): AsyncGenerator<ListedBlob> {
    let continuationToken: string | undefined;
    do {
      const page = await untilWhole(() => this.#page(prefix, continuationToken));
      for (const { name, properties, metadata } of page.segment.blobItems) {
        const size = properties.contentLength ?? 0;
        const isDirectory = size === 0 && metadata?.hdi_isfolder?.toLowerCase() === 'true';
        yield { key: name.slice(this.#prefix.length), size, etag: toEtag(properties.etag), isDirectory };
      }
      continuationToken = page.continuationToken;
    } while (continuationToken);
  }

  async #page(prefix: string, continuationToken: string | undefined) {
    const pages = this.#container
      .listBlobsFlat({ prefix: this.#prefix + prefix, includeMetadata: true })
      .byPage({ maxPageSize: LIST_PAGE_SIZE, ...(continuationToken && { continuationToken }) });
    const { value } = await pages.next();
    return value;
  }

  async #download(
    key: string,
    request: (blob: BlockBlobClient) => Promise<BlobDownloadResponseParsed>,
  ): Promise<StoredObject> {
    const blob = this.#blob(key);
    return await untilWhole(async () => {
      const { contentLength = 0, etag, readableStreamBody = [] } = await request(blob);
      const bytes = Buffer.allocUnsafeSlow(contentLength);
      let filled = 0;
      for await (const chunk of readableStreamBody as AsyncIterable<Uint8Array>) {
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      return { bytes, etag: toEtag(etag) };
    });
  }

  #blob(key: string): BlockBlobClient {
    assertKey(key, this.url);
    return this.#container.getBlockBlobClient(this.#prefix + key);
  }

  #error(verb: string, key: string | undefined, error: unknown): Error {
    const container = new URL(this.#container.url).pathname.split('/').at(-1) ?? '';
    return azureError(error, { verb, container, url: this.url, ...(key !== undefined && { key }) });
  }
}

/** Tries again when the connection breaks in the middle of an answer: the SDK's retries end where the answer begins. */
async function untilWhole<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const { name, code } = sdkError(error);
      if ((name !== 'AbortError' && code !== 'PARSE_ERROR') || tries === TRIES) throw error;
    }
    await delay(200 * (2 ** (tries - 1) - 1));
  }
}

/** A listing has the ETag bare, a header has it in quotes. */
function toEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

function toConditions({ ifMatch, ifNoneMatch }: WriteCondition) {
  return { ...(ifMatch !== undefined && { ifMatch: `"${ifMatch}"` }), ...(ifNoneMatch && { ifNoneMatch }) };
}
