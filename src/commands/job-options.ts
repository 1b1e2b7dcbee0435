import type { Command } from 'commander';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { Context } from './options.ts';

/** What every `job` command takes. */
export interface ClusterOptions {
  readonly namespace?: string;
  readonly cronjob?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

export function clusterOptions(command: Command): Command {
  return command
    .optionsGroup('Cluster options:')
    .option('--namespace <name>', "namespace of the job (default: the context's)")
    .option('--cronjob <name>', 'the CronJob (default: the only one of this program there)')
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'default: KUBECONFIG, ~/.kube/config, or the pod this runs in');
}

export function clusterOptionProblems({ namespace, cronjob }: ClusterOptions): string[] {
  return [...nameProblem('--namespace', namespace), ...nameProblem('--cronjob', cronjob)];
}

/** Names on a cluster: RFC 1123, with dots where they are no labels. */
export function nameProblem(option: string, name: string | undefined): string[] {
  if (name === undefined || /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(name)) return [];
  return [`${option} ${name}: must be a name on a cluster: small letters, digits and -, the first and last no -`];
}

export async function connectTo({ options, io }: Context<ClusterOptions>): Promise<Cluster> {
  const { connect } = await import('../kubernetes/cluster.ts');
  const { kubeconfig, context, namespace } = options;
  return connect({ kubeconfig, context, namespace, env: io.env, cwd: io.cwd });
}
