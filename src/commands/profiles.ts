import type { Command } from 'commander';
import { type Io, print, printJson } from './io.ts';
import { type Context, defineCommand } from './options.ts';

interface PruneOptions {
  readonly keepDays?: string;
}

const DAY_MS = 86_400_000;

export function registerProfiles(program: Command, io: Io): void {
  const group = program
    .command('profiles')
    .description('the hour profiles that detect keeps, so that each log file is read once');
  const list = group
    .command('list')
    .description('stored hour profiles, by model and baseline')
    .addHelpText('after', '\nExamples:\n  drift-monitor profiles list --model-name spam-detector');
  defineCommand(list, io, listProfiles);

  const prune = group
    .command('prune')
    .description('delete hour profiles that are old, or of a baseline that has been replaced')
    .requiredOption('--keep-days <n>', 'days whose profiles stay')
    .addHelpText(
      'after',
      `
A deleted profile is made again from the logs when a window needs it.

Examples:
  drift-monitor profiles prune --keep-days 30`,
    );
  defineCommand<PruneOptions>(prune, io, pruneProfiles, ({ keepDays = '' }) =>
    /^\d{1,5}$/.test(keepDays) ? [] : [`--keep-days ${keepDays}: must be a whole number from 0 to 99999 (days)`],
  );
}

async function stored({ settings, openStorage }: Context<unknown>) {
  const { listHourProfiles } = await import('../profile/hour-store.ts');
  const store = await openStorage();
  const { modelName, modelVersion } = settings;
  const all = await listHourProfiles(store, modelName);
  return { store, profiles: all.filter(({ model }) => (modelVersion ?? model.version) === model.version) };
}

async function listProfiles(context: Context<unknown>): Promise<undefined> {
  const { io, options } = context;
  const { store, profiles } = await stored(context);
  const groups = Map.groupBy(profiles, ({ model, baselineId }) => `${model.name} ${model.version} ${baselineId}`);
  const entries = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const hours = group.map(({ hour }) => hour);
    const bytes = group.reduce((sum, { size }) => sum + size, 0);
    const from = new Date(Math.min(...hours)).toISOString();
    const to = new Date(Math.max(...hours)).toISOString();
    return [{ model: first.model, baselineId: first.baselineId, hours: group.length, from, to, bytes }];
  });
  if (options.json === true) return void (await printJson(io, entries));
  if (entries.length === 0) return void (await print(io, `No hour profiles in ${store.url}`));
  const { table } = await import('./table.ts');
  const rows = entries.map(({ model, baselineId, hours, from, to, bytes }) => [
    model.name,
    model.version,
    baselineId,
    String(hours),
    `${from.slice(0, 13)}h`,
    `${to.slice(0, 13)}h`,
    `${(bytes / 1024).toFixed(0)} KiB`,
  ]);
  await print(io, table(io, ['Model', 'Version', 'Baseline', 'Hours', 'First', 'Last', 'Size'], rows));
}

async function pruneProfiles(context: Context<PruneOptions>): Promise<undefined> {
  const { io, options } = context;
  const { store, profiles } = await stored(context);
  const { currentBaselineIds } = await import('../baseline/store.ts');
  const oldest = io.now() - Number(options.keepDays) * DAY_MS;
  const current = await currentBaselineIds(store);
  const isReplaced = ({ model, baselineId }: (typeof profiles)[number]) => {
    const id = current.get(`${model.name}/${model.version}`);
    return id !== undefined && id !== baselineId;
  };
  const doomed = profiles.filter((profile) => profile.hour < oldest || isReplaced(profile));
  for (const { key } of doomed) await store.delete(key);
  const bytes = doomed.reduce((sum, { size }) => sum + size, 0);
  if (options.json === true)
    return void (await printJson(io, { deleted: doomed.length, kept: profiles.length - doomed.length, bytes }));
  await print(
    io,
    `${doomed.length} hour profiles deleted (${(bytes / 1024).toFixed(0)} KiB), ${profiles.length - doomed.length} kept`,
  );
}
