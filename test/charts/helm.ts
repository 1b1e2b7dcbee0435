import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';

export const CHART = fileURLToPath(new URL('../../charts/drift-monitor', import.meta.url));

/** What tests look at in a manifest; the API server is who checks all of it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program's path, from its variable or the PATH. */
function find(program: string, variable: string): string | undefined {
  const path = process.env[variable] ?? program;
  return spawnSync(path, [program === 'kubeconform' ? '-v' : 'version']).error === undefined ? path : undefined;
}

export const HELM = find('helm', 'HELM');
export const KUBECONFORM = find('kubeconform', 'KUBECONFORM');

/** Said behind the titles of tests that are skipped. */
export const NO_HELM = HELM === undefined ? ' (skipped: no helm on the PATH)' : '';

export function helm(args: readonly string[], values?: object): Finished {
  const given = values === undefined ? [] : ['--values', '-'];
  const { status, stdout, stderr, error } = spawnSync(HELM ?? 'helm', [...args, ...given], {
    encoding: 'utf8',
    input: values === undefined ? '' : stringify(values),
    // Whatever cluster this machine knows is none of the tests' business; those that have one name it with --kubeconfig.
    env: { ...process.env, KUBECONFIG: '/dev/null' },
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** The manifests of a release `r` in the namespace `team`. Throws with what Helm says when it renders none. */
export function render(values: object, flags: readonly string[] = []): Manifest[] {
  const { status, stdout, stderr } = helm(['template', 'r', CHART, '--namespace', 'team', ...flags], values);
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).flatMap((document) => {
    // A key twice, for one: Helm takes it, the API server does not.
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() ?? [];
  });
}

/** The one manifest of its kind. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} manifests of kind ${kind}, not one`);
  return first;
}

/** What lies at a path in a manifest, as in `at(cronJob, 'spec', 'jobTemplate')`; undefined where nothing does. */
export function at(container: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined),
    container,
  );
}
