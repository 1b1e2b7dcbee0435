import type { Command } from 'commander';
import { didYouMean } from '../config/did-you-mean.ts';
import type { Configuration } from '../config/load.ts';
import type { Logger } from '../config/logger.ts';
import { redact } from '../config/redact.ts';
import type { SettingName } from '../config/settings.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Io } from './io.ts';

/** What every command takes. */
export interface CommonOptions {
  readonly json?: true;
  readonly modelName?: string;
  readonly modelVersion?: string;
  readonly storageUrl?: string;
  readonly logsUrl?: string;
  readonly config?: string;
  readonly logLevel?: string;
}

const SETTING_OF_OPTION: ReadonlyMap<string, SettingName> = new Map([
  ['modelName', 'modelName'],
  ['modelVersion', 'modelVersion'],
  ['storageUrl', 'storageUrl'],
  ['logsUrl', 'logsUrl'],
  ['logLevel', 'logLevel'],
  ['windowHours', 'analysisWindowHours'],
  ['host', 'serveHost'],
  ['port', 'servePort'],
]);

/** What a command works with, once its options and the configuration have been found good. */
export interface Context<Options> {
  readonly io: Io;
  readonly options: Options & CommonOptions;
  /** Those that the command has declared. */
  readonly args: readonly string[];
  readonly configuration: Configuration;
  readonly settings: Configuration['settings'];
  readonly logger: Logger;
  openStorage(): Promise<ObjectStore>;
  openLogs(): Promise<ObjectStore>;
}

export type Action<Options> = (context: Context<Options>) => Promise<number | undefined>;

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Adds the common options to a command and runs it with everything checked: all problems are reported at once. */
export function defineCommand<Options>(
  command: Command,
  io: Io,
  action: Action<Options>,
  check: (options: Options) => string[] = () => [],
): void {
  command
    .optionsGroup('Common options:')
    .option('--model-name <name>', 'model to work on')
    .option('--model-version <version>', 'version of the model')
    .option('--storage-url <url>', 'where baselines, reports and alerts live (default: file:./drift-data)')
    .option('--logs-url <url>', 'where the inference logs are read, if elsewhere')
    .option('--config <file>', 'YAML file of settings')
    .option('--json', 'print one JSON document instead of text; logs go to stderr')
    .option('--log-level <level>', 'trace, debug, info (default), warn, error or silent')
    .helpOption('-h, --help', 'show this help')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      const options = command.opts<Options & CommonOptions>();
      const context = await prepare(command, io, options, check(options));
      process.exitCode = (await action(context)) ?? 0;
    });
}

async function prepare<Options>(
  command: Command,
  io: Io,
  options: Options & CommonOptions,
  problems: readonly string[],
): Promise<Context<Options>> {
  const [{ loadConfiguration }, { createLogger }, { openStore }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/logger.ts'),
    import('../storage/open.ts'),
  ]);
  const configuration = loadConfiguration({
    flags: settingFlags(options as Record<string, unknown>),
    configFile: options.config,
    env: io.env,
    problems: [...unknownArguments(command), ...problems],
  });
  const { settings } = configuration;
  const open = { env: io.env, cwd: io.cwd };
  return {
    io,
    options,
    args: command.args.slice(0, command.registeredArguments.length),
    configuration,
    settings,
    logger: await createLogger(settings.logLevel, io),
    openStorage: () => openStore(settings.storageUrl, open),
    openLogs: () => openStore(settings.logsUrl ?? settings.storageUrl, open),
  };
}

function settingFlags(options: Readonly<Record<string, unknown>>): Map<SettingName, string> {
  const flags = new Map<SettingName, string>();
  for (const [option, name] of SETTING_OF_OPTION) {
    const value = options[option];
    if (typeof value === 'string') flags.set(name, value);
  }
  return flags;
}

/** Options and arguments that the command does not know: collected here so that they are reported with everything else. */
function unknownArguments(command: Command): string[] {
  const known = command.options.flatMap(({ long }) => long ?? []);
  const options = command.args.flatMap((argument) => {
    const name = argument.split('=')[0] ?? argument;
    return /^-./.test(name) && !known.includes(name) ? [name] : [];
  });
  if (options.length > 0) {
    return options.map((name) => `${name}: no such option of ${command.name()}${didYouMean(name, known)}`);
  }
  const excess = command.args.slice(command.registeredArguments.length);
  return excess.map((argument) => `${redact(argument)}: ${command.name()} takes no such argument`);
}
