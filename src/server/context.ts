import type { Retraining } from '../alerting/state.ts';
import type { ConfiguredModel } from '../config/judgement.ts';
import type { Logger } from '../config/logger.ts';
import type { Settings } from '../config/settings.ts';
import type { ModelId } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { CheckRunner } from './checks.ts';
import type { LoggerPool } from './logger-pool.ts';
import type { Tokens } from './tokens.ts';

/** What the server works with. */
export interface ServerContext {
  readonly settings: Settings;
  /** Those of the configuration file. */
  readonly models: readonly ConfiguredModel[];
  /** Where baselines, reports, alerts and configurations live. */
  readonly store: ObjectStore;
  readonly loggers: LoggerPool;
  readonly checks: CheckRunner;
  /** Undefined: nothing says how a retraining is started. */
  readonly retrain: ((model: ModelId) => Promise<Retraining>) | undefined;
  readonly tokens: Tokens;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of the program. */
  readonly version: string;
}
