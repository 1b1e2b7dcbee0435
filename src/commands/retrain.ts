import type { Command } from 'commander';
import type { Io } from './io.ts';
import { defineCommand } from './options.ts';

export interface TriggerRetrainingOptions {
  readonly dryRun?: true;
}

export function registerRetrain(program: Command, io: Io): void {
  const group = program.command('retrain').description('retrainings of a model that alerts or people have started');

  const trigger = group
    .command('trigger')
    .description('start a retraining now, whatever the alerts say')
    .option('--dry-run', 'say what would be started, and start nothing')
    .addHelpText(
      'after',
      `
How it is started stands under retraining in the configuration file. The cooldown
holds for those that alerts start, and begins anew.

Examples:
  drift-monitor retrain trigger --config drift.yaml --model-name churn --model-version v7`,
    );
  defineCommand<TriggerRetrainingOptions>(trigger, io, async (context) =>
    (await import('./retrain-trigger.ts')).triggerRetraining(context),
  );

  const history = group
    .command('history')
    .description('the retrainings that were started, the latest first')
    .addHelpText('after', '\nExamples:\n  drift-monitor retrain history --model-name churn');
  defineCommand(history, io, async (context) => (await import('./retrain-trigger.ts')).showRetrainings(context));
}
