import type { DeliveryEffects } from '../../src/alerting/effects.ts';
import type { Notification } from '../../src/alerting/notification.ts';
import type { ConfiguredSink } from '../../src/alerting/open-sinks.ts';
import { STORAGE_SINK } from '../../src/alerting/open-sinks.ts';
import type { Sink } from '../../src/alerting/sink.ts';
import { storageSink } from '../../src/alerting/sinks/storage.ts';
import type { AlertSettings } from '../../src/config/alert-settings.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import type { Report } from '../../src/report/schema.ts';
import { type AlertContext, takeRun, tell } from '../../src/report/take-run.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { aReport } from '../report/a-report.ts';
import { type Interruptible, throughProcess, VersionedStore } from './versioned-store.ts';

export const HOUR = 3_600_000;
export const START = Date.parse('2026-01-01T00:00:00Z');

/** A clock that runs only while somebody sleeps. */
export class ManualClock implements DeliveryEffects {
  time = START;
  now = () => this.time;
  random = () => 0.5;
  sleep = async (ms: number) => {
    this.time += ms;
    // Others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  };
}

/** A receiver that keeps what it gets. */
export interface Receiver {
  readonly name: string;
  readonly received: Notification[];
  /** Throws instead of receiving. */
  failure: (() => Error) | undefined;
}

/** A storage, receivers and a clock: what outlives the processes that use it. */
export class World {
  readonly store = new VersionedStore();
  readonly clock = new ManualClock();
  readonly receivers: readonly Receiver[];
  readonly settings: AlertSettings;
  rowsOfLastHour: number | undefined = 100;
  /** Signals with too few values for a verdict. */
  unjudged: readonly string[] = [];
  #runs = 0;

  constructor(names: readonly string[], alerts: object = {}) {
    this.receivers = names.map((name) => ({ name, received: [], failure: undefined }));
    this.settings = settingsSchema.parse({ alerts }).alerts;
  }

  /** One run of the job whose window ends with hour `hour`, in a process of its own. */
  async run(hour: number, changes: Partial<Report>, process?: Interruptible): Promise<Report> {
    this.clock.time = Math.max(this.clock.time, START + hour * HOUR + 300_000);
    const store = process === undefined ? this.store : throughProcess(this.store, process);
    this.#runs += 1;
    const context: AlertContext = {
      settings: this.settings,
      isCurrent: true,
      sinks: this.#sinks(store, process),
      run: `run ${this.#runs}`,
      effects: this.clock,
    };
    const to = new Date(START + hour * HOUR).toISOString();
    const report = aReport(to, changes);
    report.run.baselineCreatedAt = to;
    const details = {
      rowsOfLastHour: this.rowsOfLastHour,
      hasEnoughRows: true,
      hasStatus: true,
      hasLatency: true,
      unjudged: new Set(this.unjudged),
      labelledRows: 0,
    };
    const taken = await takeRun(store, report, details, context);
    const [told] = await tell(store, report.model.name, [taken], context);
    return (told ?? taken).report;
  }

  #sinks(store: ObjectStore, process: Interruptible | undefined): ConfiguredSink[] {
    const storage: ConfiguredSink = { name: STORAGE_SINK, severity: 'INFO', open: async () => storageSink(store) };
    return [storage, ...this.receivers.map((receiver) => this.#sink(receiver, process))];
  }

  #sink(receiver: Receiver, process: Interruptible | undefined): ConfiguredSink {
    const sink: Sink = {
      async send(notification) {
        await process?.before(`POST ${receiver.name}`);
        if (receiver.failure !== undefined) throw receiver.failure();
        receiver.received.push(structuredClone(notification));
        await process?.after(`POST ${receiver.name}`);
      },
    };
    return { name: receiver.name, severity: 'INFO', open: async () => sink };
  }
}

/** A report in which a feature drifts, or none does. */
export function drifting(features: readonly string[], severity: 'WARNING' | 'CRITICAL' = 'WARNING'): Partial<Report> {
  return {
    status: features.length > 0 ? 'drift' : 'no-drift',
    driftDetected: features.length > 0,
    driftScore: features.length > 0 ? 0.3 : 0,
    alerts: features.map((signal, index) => ({
      id: index.toString(16).padStart(16, '0'),
      rule: 'signal-drift',
      signal,
      severity,
      title: `feature ${signal} drifted`,
      reasons: ['PSI 0.3 (drift from 0.2)'],
    })),
  };
}
