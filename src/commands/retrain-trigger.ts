import { randomUUID } from 'node:crypto';
import { retrainNow } from '../alerting/retraining.ts';
import { retrainingProblems, startInWords } from '../alerting/retraining-starters.ts';
import { loadState } from '../alerting/state-store.ts';
import { configuredModel } from '../config/judgement.ts';
import { DriftMonitorError, UsageError } from '../errors.ts';
import { starterOf } from './alert-context.ts';
import { oneModelName } from './alert-models.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';
import type { TriggerRetrainingOptions } from './retrain.ts';
import { table } from './table.ts';

export async function triggerRetraining(context: Context<TriggerRetrainingOptions>): Promise<undefined> {
  const { io, options, settings, configuration } = context;
  const { retraining } = settings;
  if (retraining === undefined) {
    throw new UsageError(['nothing says how a retraining is started: give retraining in the configuration file']);
  }
  const { model } = configuredModel(configuration);
  const store = await context.openStorage();
  const what = startInWords(retraining);
  if (options.dryRun === true) {
    if (options.json === true) await printJson(io, { model, wouldStart: what });
    else await print(io, `Would start for ${model.name} ${model.version}: ${what}`);
    return;
  }
  const problems = retrainingProblems(retraining, io);
  if (problems.length > 0) throw new UsageError(problems);
  const started = await retrainNow(store, model, io.now(), await starterOf(retraining, io), randomUUID);
  if (options.json === true) await printJson(io, started);
  const { outcome, job, error } = started;
  if (outcome !== 'started') {
    const consequence =
      outcome === 'refused' ? 'nothing was started' : 'it may have been started: look there before you try again';
    throw new DriftMonitorError(`${what}: ${error}; ${consequence}`);
  }
  if (options.json !== true) await print(io, `Started for ${model.name} ${model.version}: ${job ?? what}`);
}

export async function showRetrainings(context: Context<unknown>): Promise<undefined> {
  const { io, options, settings } = context;
  const name = oneModelName(settings);
  const { retrainings } = await loadState(await context.openStorage(), name);
  const listed = retrainings.toReversed();
  if (options.json === true) return void (await printJson(io, listed));
  if (listed.length === 0) return void (await print(io, `No retraining of ${name} was started`));
  const rows = listed.map(({ at, version, cause, outcome, job, error }) => [
    `${at.slice(0, 16)}Z`,
    version,
    cause,
    outcome,
    job ?? error ?? '',
  ]);
  await print(io, table(io, ['Started', 'Version', 'Because of', 'Outcome', 'Job'], rows));
}
