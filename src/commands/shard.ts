import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { workersFor } from '../config/workers.ts';
import { type Io, printJson } from './io.ts';
import { type Context, defineCommand } from './options.ts';

interface ShardOptions {
  readonly plan: string;
  readonly index?: string;
}

export function registerShard(program: Command, io: Io): void {
  const command = program
    .command('shard')
    .description("count one shard of a run's logs; detect starts pods with it where scaleMode says so")
    .requiredOption('--plan <key>', 'key of the plan, which detect has written to the storage')
    .option('--index <n>', 'which shard (default: JOB_COMPLETION_INDEX, which Kubernetes sets)')
    .addHelpText(
      'after',
      `
The process has to have the settings of the one that wrote the plan. A shard that is
done already is not counted again.

Exit codes:
  0  counted, now or before; damaged files are in the result
  1  an error; worth another try
  2  bad usage or configuration

Examples:
  drift-monitor shard --plan shards/plans/0123456789abcdef.json.gz --index 3`,
    );
  defineCommand<ShardOptions>(command, io, shard, (options) => {
    const index = indexOf(options, io);
    return index !== undefined && /^\d{1,6}$/.test(index)
      ? []
      : [
          `--index ${index ?? '(missing)'}: must be a whole number from 0; by default the value of JOB_COMPLETION_INDEX`,
        ];
  });
}

function indexOf({ index }: ShardOptions, { env }: Io): string | undefined {
  return index ?? env.JOB_COMPLETION_INDEX;
}

async function shard(context: Context<ShardOptions>): Promise<undefined> {
  const { io, options, settings, logger } = context;
  const { runShard } = await import('../report/shard.ts');
  const [store, logs] = await Promise.all([context.openStorage(), context.openLogs()]);
  const index = Number(indexOf(options, io));
  const outcome = await runShard({
    store,
    logs,
    planKey: options.plan,
    index,
    settings,
    workers: workersFor(settings.memoryLimitMib, availableParallelism()),
  });
  logger.info({ shard: index, ...outcome }, outcome.counted ? 'Shard counted' : 'Shard was counted before');
  if (options.json === true) await printJson(io, { shard: index, ...outcome });
}
