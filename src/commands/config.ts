import type { Command } from 'commander';
import { type Io, print, printJson } from './io.ts';
import { type Context, defineCommand } from './options.ts';

export function registerConfig(program: Command, io: Io): void {
  const group = program.command('config').description('the settings in force');
  const show = group
    .command('show')
    .description('every setting with its value and where it came from')
    .addHelpText(
      'after',
      `
Options win over the environment, that wins over the YAML file (--config or
DRIFT_CONFIG), that over the defaults. The YAML file has the names that are shown
here; the variable of psiThreshold is DRIFT_PSI_THRESHOLD, and so on. --json has
the variable, option, meaning and bounds of each. A name that is no setting is an
error; 'drift-monitor schema config' checks a file in an editor.

Examples:
  drift-monitor config show
  DRIFT_PSI_THRESHOLD=0.25 drift-monitor config show --json
  drift-monitor config show --config drift.yaml`,
    );
  defineCommand(show, io, showConfig);
}

async function showConfig({ io, options, configuration }: Context<unknown>): Promise<undefined> {
  const [{ SETTING_NAMES, settingMeta }, { redactSetting }, { table }] = await Promise.all([
    import('../config/settings.ts'),
    import('../config/redact.ts'),
    import('./table.ts'),
  ]);
  const entries = SETTING_NAMES.map((name) => {
    const { env, flag, unit, allowed, description } = settingMeta(name);
    const raw = configuration.settings[name];
    const value = redactSetting(raw) ?? null;
    return { name, value, origin: configuration.origins.get(name) ?? 'default', env, flag, unit, allowed, description };
  });
  if (options.json === true) return void (await printJson(io, entries));
  const rows = entries.map(({ name, value, unit, origin }) => {
    const shown = value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    return [name, unit === undefined ? shown : `${shown} ${unit}`, origin];
  });
  await print(io, table(io, ['Setting', 'Value', 'From'], rows, 90));
}
