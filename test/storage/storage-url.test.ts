import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { parseBlobUrl, parseStorageUrl } from '../../src/storage/storage-url.ts';

const blob = (endpoint: string, account: string, container: string, prefix = '', sas = '') => ({
  kind: 'azure-blob',
  endpoint,
  account,
  container,
  prefix,
  sas,
});
const AZURE = 'https://acme.blob.core.windows.net';
const SAS = 'sv=2025-01-05&sr=c&sp=rl&sig=c2VjcmV0%3D';

describe('a storage URL', () => {
  test.each([
    ['file:./drift-data', './drift-data'],
    ['file:drift-data', 'drift-data'],
    ['file:../a b', '../a b'],
    ['file:/data/100%', '/data/100%'],
    ['file:/data/a%20b', '/data/a%20b'],
    ['file:///data/a%20b', '/data/a b'],
    ['FILE:///data', '/data'],
    ['file:/data?#', '/data?#'],
  ])('%s is the directory %s', (url, path) => {
    expect(parseStorageUrl(url)).toEqual({ kind: 'directory', path });
  });

  test.each([
    [`${AZURE}/drift`, blob(AZURE, 'acme', 'drift')],
    [`${AZURE}/drift/`, blob(AZURE, 'acme', 'drift')],
    [`${AZURE}/drift/team%20a/prod`, blob(AZURE, 'acme', 'drift', 'team a/prod/')],
    [`${AZURE}/drift/prod/?${SAS}`, blob(AZURE, 'acme', 'drift', 'prod/', SAS)],
    [`${AZURE}/$root/prod`, blob(AZURE, 'acme', '$root', 'prod/')],
    ['https://acme.blob.core.chinacloudapi.cn/drift', blob('https://acme.blob.core.chinacloudapi.cn', 'acme', 'drift')],
    ['https://acme.z12.blob.storage.azure.net/drift', blob('https://acme.z12.blob.storage.azure.net', 'acme', 'drift')],
    [
      'http://127.0.0.1:10000/devstoreaccount1/drift',
      blob('http://127.0.0.1:10000/devstoreaccount1', 'devstoreaccount1', 'drift'),
    ],
    [
      'http://[::1]:10000/devstoreaccount1/drift/p',
      blob('http://[::1]:10000/devstoreaccount1', 'devstoreaccount1', 'drift', 'p/'),
    ],
    [
      'http://localhost:1/devstoreaccount1/drift',
      blob('http://localhost:1/devstoreaccount1', 'devstoreaccount1', 'drift'),
    ],
    [
      'http://azurite:10000/devstoreaccount1/drift',
      blob('http://azurite:10000/devstoreaccount1', 'devstoreaccount1', 'drift'),
    ],
    [
      'http://devstoreaccount1.blob.localhost:10000/drift',
      blob('http://devstoreaccount1.blob.localhost:10000', 'devstoreaccount1', 'drift'),
    ],
  ])('%s has account, container and prefix', (url, location) => {
    expect(parseStorageUrl(url)).toEqual(location);
  });

  test('has the account in its path where the endpoint of the connection string has it', () => {
    const url = 'https://storage.example.com/acme/drift/prod';
    const endpoint = 'https://storage.example.com/acme';
    expect(parseBlobUrl(url, endpoint)).toEqual(blob(endpoint, 'acme', 'drift', 'prod/'));
    expect(parseBlobUrl(url, AZURE)).toEqual(blob('https://storage.example.com', 'storage', 'acme', 'drift/prod/'));
  });

  test.each([
    ['./drift-data', /allowed are file:/],
    ['', /allowed are file:/],
    ['s3://bucket/prefix', /allowed are file:/],
    ['abfss://drift@acme.dfs.core.windows.net/prod', /allowed are file:/],
    ['https://', /allowed are file:/],
    ['file:', /names no directory/],
    ['file://host/data', /file:\/\/\/absolute/],
    ['file:///data/100%', /%25/],
    [AZURE, /a container .* follows the host as \/CONTAINER/],
    [`${AZURE}/`, /a container .* follows the host as \/CONTAINER/],
    [`${AZURE}/My_Container`, /a container .* follows the host/],
    [`${AZURE}/a--b`, /a container .* follows the host/],
    ['http://127.0.0.1:10000/devstoreaccount1', /follows the host as \/ACCOUNT\/CONTAINER/],
    [`${AZURE}/drift//prod`, /empty segment/],
    [`${AZURE}/drift/%zz`, /%25/],
    [`${AZURE}/drift#1`, /%23/],
    [`${AZURE}/drift?comp=list`, /sig=/],
    ['https://acme.dfs.core.windows.net/drift', /\.blob\. instead of \.dfs\./],
    ['https://user:password@acme.blob.core.windows.net/drift', /credentials/],
  ])('%s is refused with what is allowed', (url, message) => {
    expect(() => parseStorageUrl(url)).toThrow(UsageError);
    expect(() => parseStorageUrl(url)).toThrow(message);
  });

  test.each([
    `${AZURE}?${SAS}`,
    `https://?${SAS}`,
    `azure:${SAS}`,
    'https://user:c2VjcmV0@acme.blob.core.windows.net/drift',
    'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=c2VjcmV0==;EndpointSuffix=core.windows.net',
    `BlobEndpoint=${AZURE};SharedAccessSignature=${SAS}`,
  ])('keeps its secret when it is refused (case %#)', (url) => {
    expect(() => parseStorageUrl(url)).toThrow(UsageError);
    expect(() => parseStorageUrl(url)).not.toThrow(/c2VjcmV0/);
  });
});
