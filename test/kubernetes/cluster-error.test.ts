import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { type Access, clusterError } from '../../src/kubernetes/cluster-error.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { type ApiStatus, aJob, forbidden, notFound, QUOTA, UNAUTHORIZED } from './recorded.ts';

describe('answers of the API', () => {
  let api: ApiServer;
  let cluster: Cluster;
  beforeEach(async () => {
    api = await startApiServer();
    cluster = await connect({
      kubeconfig: api.kubeconfig,
      context: undefined,
      namespace: undefined,
      env: {},
      cwd: '/',
    });
  });
  afterEach(() => api.close());

  const where = () => `namespace team (context lab, ${api.url})`;
  const role =
    'this rule in a Role of that namespace, bound to system:serviceaccount:team:weak by a RoleBinding, would allow it';

  test.each<[string, (cluster: Cluster) => Promise<unknown>, string]>([
    [
      'list cronjobs (API group batch)',
      (cluster) => cluster.listCronJobs(''),
      '- { apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["list"] }',
    ],
    [
      'patch cronjobs (API group batch) x',
      (cluster) => cluster.patchCronJob('x', {}),
      '- { apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["patch"] }',
    ],
    [
      'create jobs (API group batch)',
      (cluster) => cluster.createJob(aJob('x')),
      '- { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] }',
    ],
    ['list pods', (cluster) => cluster.listPods(''), '- { apiGroups: [""], resources: ["pods"], verbs: ["list"] }'],
    [
      'get pods/log x',
      (cluster) => cluster.openLog('x', 'c', { follow: true, timestamps: false }),
      '- { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }',
    ],
  ])('forbidden to %s: who may not, and the rule that would allow it', async (what, ask, rule) => {
    const [verb = '', resource = ''] = what.split(' ');
    api.refusals.set(`${verb} ${resource}`, forbidden(verb, resource));
    await expect(ask(cluster)).rejects.toMatchObject({
      kind: 'forbidden',
      message: `forbidden: system:serviceaccount:team:weak may not ${what} in ${where()}; ${role}: ${rule}`,
    });
  });

  test('what quota or pod security forbid is no lack of a right', async () => {
    api.refusals.set('create jobs', QUOTA);
    await expect(cluster.createJob(aJob('x'))).rejects.toThrow(
      /^the rules of the cluster do not let you create jobs \(API group batch\) in .*: .*exceeded quota: q/,
    );
  });

  test.each<[ApiStatus, string]>([
    [
      UNAUTHORIZED,
      'does not accept the credentials of context lab (401): they have expired or were revoked; sign in again',
    ],
    [notFound('jobs.batch "x"'), 'there is no Job x in namespace team (context lab, '],
    [notFound('namespaces "team"'), 'there is no namespace team (context lab, '],
    [
      { code: 503, reason: 'ServiceUnavailable', message: 'etcd is away' },
      'cannot answer now (503): etcd is away; try again',
    ],
    [{ code: 422, reason: 'Invalid', message: 'Job is invalid' }, '(422): Job is invalid'],
  ])('an answer of the kind %o says what it is', async (status, words) => {
    api.refusals.set('get jobs', status);
    await expect(cluster.getJob('x')).rejects.toThrow(words);
  });

  test('credentials never stand in an error', async () => {
    api.refusals.set('get jobs', UNAUTHORIZED);
    const error: unknown = await cluster.getJob('x').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const { message, stack, cause } = error as Error;
    expect(`${message} ${stack} ${(cause as Error | undefined)?.stack}`).not.toContain('secret-token');
  });
});

describe('connections', () => {
  const access: Access = { verb: 'list', apiGroup: 'batch', resource: 'cronjobs' };
  const place = { server: 'https://cluster.example:6443', context: 'prod', namespace: 'team' };
  const fetchFailed = (code: string, more: object = {}) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(`${code} happened`), { code, ...more }) });

  test.each<[string, unknown, string]>([
    ['refused', fetchFailed('ECONNREFUSED'), 'refuses connections; check that the cluster runs'],
    ['no address', fetchFailed('ENOTFOUND'), 'has no address; check the server in the kubeconfig'],
    ['no connection in time', fetchFailed('UND_ERR_CONNECT_TIMEOUT'), 'does not answer; check the network, the VPN'],
    ['no answer in time', new DOMException('aborted', 'TimeoutError'), 'does not answer in time; check the network'],
    ['cut', fetchFailed('UND_ERR_SOCKET'), 'cuts connections'],
  ])('%s', (_, error, words) => {
    const { message, isTransient } = clusterError(error, access, place);
    expect(message).toContain(`cluster.example:6443 ${words}`);
    expect(isTransient).toBe(true);
  });

  test.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', "is not signed by the kubeconfig's certificate authority"],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', "is not signed by the kubeconfig's certificate authority"],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'was issued for other names than this one'],
    ['CERT_HAS_EXPIRED', 'has expired'],
  ])('wrong certificate: %s', (code, words) => {
    const { message, isTransient } = clusterError(fetchFailed(code), access, place);
    expect(message).toContain(`the certificate of cluster.example:6443 ${words} (${code})`);
    expect(isTransient).toBe(false);
  });

  test('no TLS on the other side', () => {
    const { message } = clusterError(fetchFailed('ERR_SSL_WRONG_VERSION_NUMBER'), access, place);
    expect(message).toContain(
      'cluster.example:6443 does not speak TLS (ERR_SSL_WRONG_VERSION_NUMBER); check https and the port',
    );
  });

  test('a credential plugin that is not installed, and one that fails', () => {
    const missing = Object.assign(new Error('spawn kubelogin ENOENT'), { code: 'ENOENT', syscall: 'spawn kubelogin' });
    expect(clusterError(missing, access, place, 'kubelogin').message).toBe(
      'kubelogin, which the kubeconfig gets credentials from, cannot be run (ENOENT); install it or name another context with --context',
    );
    expect(clusterError(new Error('please sign in\nmore'), access, place, 'kubelogin').message).toBe(
      'kubelogin, which the kubeconfig gets credentials from, failed: please sign in; sign in again (AKS: az login)',
    );
  });

  test('an answer that is not from Kubernetes', () => {
    const answer = Object.assign(new Error('HTTP-Code: 404'), { code: 404, body: '<html>' });
    expect(clusterError(answer, access, place).message).toBe(
      'https://cluster.example:6443 answered 404, but not as Kubernetes does; check the server in the kubeconfig, and proxies between',
    );
  });
});
