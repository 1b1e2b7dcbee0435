import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { azureError } from '../../src/storage/azure-error.ts';
import { ConflictError, ObjectNotFoundError, StorageNotFoundError } from '../../src/storage/object-store.ts';

const REQUEST = {
  verb: 'read',
  key: 'a/b.json',
  container: 'drift',
  url: 'https://acme.blob.core.windows.net/drift/prod',
};

/** As `@azure/storage-blob` throws them. */
const answer = (statusCode: number, code: string | undefined, message = 'The request failed.\nRequestId:1\nTime:2') =>
  Object.assign(new Error(message), { name: 'RestError', statusCode, code });
const network = (code: string, message = code) => Object.assign(new Error(message), { name: 'RestError', code });
const named = (name: string) => Object.assign(new Error('many\nlines'), { name });

describe('a failed request to Azure', () => {
  test.each([
    [
      network('ENOTFOUND'),
      'has no address; check the account in the storage URL, and the DNS of this network (ENOTFOUND)',
    ],
    [network('ETIMEDOUT'), 'does not answer; check the host, the network and its firewalls (ETIMEDOUT)'],
    [named('AbortError'), 'breaks off its answers; check the network, proxies and firewalls between (AbortError)'],
  ])('by the network names host and cause (%s)', (error, message) => {
    expect(azureError(error, REQUEST).message).toBe(
      `cannot read a/b.json in https://acme.blob.core.windows.net/drift/prod: acme.blob.core.windows.net ${message}`,
    );
  });

  test.each([
    [
      network('SELF_SIGNED_CERT_IN_CHAIN'),
      /the TLS connection to acme.* failed \(SELF_SIGNED_CERT_IN_CHAIN\).*NODE_EXTRA_CA_CERTS/,
    ],
    [
      answer(403, 'AuthenticationFailed'),
      /refused the credentials \(403 AuthenticationFailed\): check that key or SAS/,
    ],
    [answer(403, 'AuthorizationFailure'), /refused the credentials \(403 AuthorizationFailure\): .*network rules/],
    [answer(403, 'AuthorizationPermissionMismatch'), /Storage Blob Data Contributor/],
    [answer(403, 'SomethingNew'), /refused the credentials \(403 SomethingNew\): check the credentials/],
    [answer(401, 'NoAuthenticationInformation'), /refused the credentials \(401 NoAuthenticationInformation\)/],
    [named('CredentialUnavailableError'), /no Azure credential is available.*AZURE_STORAGE_CONNECTION_STRING/],
    [named('AggregateAuthenticationError'), /no Azure credential is available/],
    [answer(404, 'ContainerNotFound'), /acme.* has no container drift; check the storage URL or create it/],
    [answer(503, 'ServerBusy', 'The server is busy.\nRequestId:1'), /answered 503 ServerBusy: The server is busy\.$/],
    [answer(409, 'ContainerBeingDeleted'), /answered 409 ContainerBeingDeleted: The request failed\.$/],
    [answer(412, 'LeaseIdMissing'), /answered 412 LeaseIdMissing/],
    [answer(409, 'BlobImmutableDueToPolicy'), /answered 409 BlobImmutableDueToPolicy/],
    [
      answer(404, undefined, '<html>nope</html>'),
      /acme.* answered 404, but not as Azure does; check that the URL names Azure/,
    ],
    [answer(409, undefined, '<html>nope</html>'), /answered 409, but not as Azure does/],
    [new Error('unforeseen\nat length'), /acme.blob.core.windows.net: unforeseen$/],
    ['a string', /acme.blob.core.windows.net: a string$/],
  ])('is one sentence with host, cause and advice (%s)', (error, message) => {
    const failure = azureError(error, REQUEST);
    expect(failure.name).toMatch(/^Storage(NotFound)?Error$/);
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain('acme.blob.core.windows.net');
    expect(failure.message).not.toContain('\n');
  });

  test('for what is not there or was changed is the typed error', () => {
    expect(azureError(answer(404, 'BlobNotFound'), REQUEST)).toBeInstanceOf(ObjectNotFoundError);
    expect(azureError(answer(404, 'ContainerNotFound'), REQUEST)).toBeInstanceOf(StorageNotFoundError);
    expect(azureError(answer(404, 'FilesystemNotFound'), REQUEST)).toBeInstanceOf(StorageNotFoundError);
    expect(azureError(answer(409, 'BlobAlreadyExists'), REQUEST)).toBeInstanceOf(ConflictError);
    expect(azureError(answer(412, 'ConditionNotMet'), REQUEST)).toBeInstanceOf(ConflictError);
  });

  test('keeps the request id for support in its cause, and no secret anywhere', () => {
    const error = Object.assign(
      answer(403, 'AuthenticationFailed', 'No.\nRequestId:42 of https://acme/drift?sv=1&sig=c2VjcmV0%3D'),
      {
        request: { url: 'https://acme/drift?sig=c2VjcmV0', headers: { authorization: 'SharedKey acme:c2VjcmV0' } },
        details: { authenticationErrorDetail: 'AccountKey=c2VjcmV0' },
      },
    );
    const failure = azureError(error, REQUEST);
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('c2VjcmV0');
    expect(String(failure.cause)).toContain('RequestId:42');
  });
});
