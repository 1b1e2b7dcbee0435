import type { FanOut } from '../profile/shards/runner.ts';
import type { CommonOptions, Context } from './options.ts';

const MIB = 1024 * 1024;

/** Pods of an Indexed Job read the logs where the settings say so. Nothing of Kubernetes is loaded before there is a need. */
export function fanOutOf({ io, options, settings, logger }: Context<unknown>): FanOut | undefined {
  const { scaleMode, scaleShardMib, scaleParallelism } = settings;
  if (scaleMode === 'local') return undefined;
  return {
    mode: scaleMode,
    shardBytes: scaleShardMib * MIB,
    async openRunner() {
      const [{ connect }, { openShardRunner }, { systemClock }] = await Promise.all([
        import('../kubernetes/cluster.ts'),
        import('../kubernetes/shard-runner.ts'),
        import('../kubernetes/patience.ts'),
      ]);
      const { env, cwd } = io;
      const sources = { kubeconfig: undefined, context: undefined, namespace: env.POD_NAMESPACE, env, cwd };
      const shards = { args: ['shard', ...sameSettings(options)], parallelism: scaleParallelism };
      const told = {
        onStart: (job: string, count: number) => logger.info({ job, shards: count }, 'Pods of a Job read the logs'),
        onProgress: (done: number, of: number) => logger.info({ done, of }, 'Shards done'),
      };
      return await openShardRunner(() => connect(sources), env.POD_NAME, shards, told, systemClock);
    },
    onFallback: (reason) => logger.warn(`All logs are read here, because no pods can do it: ${reason}`),
  };
}

/** Options that make another process use the same settings. */
export function sameSettings(options: CommonOptions): string[] {
  const flags: readonly (readonly [string, string | undefined])[] = [
    ['--config', options.config],
    ['--storage-url', options.storageUrl],
    ['--logs-url', options.logsUrl],
    ['--log-level', options.logLevel],
  ];
  return flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
}
