import type { DeliveryEffects } from '../../src/alerting/effects.ts';
import type { Notification } from '../../src/alerting/notification.ts';
import { type ConfiguredSink, configuredSinks, STORAGE_SINK } from '../../src/alerting/open-sinks.ts';
import type { Sink } from '../../src/alerting/sink.ts';
import type { ClusterEvent } from '../../src/alerting/sinks/kubernetes-event.ts';
import type { AlertSettings } from '../../src/config/alert-settings.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import type { Report } from '../../src/report/schema.ts';
import { type AlertContext, takeRun, tell } from '../../src/report/take-run.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { aReport } from '../report/a-report.ts';
import { type Interruptible, throughProcess, VersionedStore } from './versioned-store.ts';

export const HOUR = 3_600_000;
export const START = Date.parse('2026-01-01T00:00:00Z');

/** Milliseconds that a request takes: whoever sleeps for less finds it still under way. */
const REQUEST_MS = 500;
/** Turns that others have until a receiver has answered. */
const TURNS = 10;

/** A clock that runs only while somebody sleeps. */
export class ManualClock implements DeliveryEffects {
  time = START;
  now = () => this.time;
  random = () => 0.5;
  readonly #underWay = new Set<Promise<unknown>>();
  sleep = async (ms: number) => {
    if (ms >= REQUEST_MS) await Promise.allSettled(this.#underWay);
    this.time += ms;
    // Others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** Of a receiver's answer. */
  request = async (answer: Promise<unknown>) => {
    this.#underWay.add(answer);
    await answer.finally(() => this.#underWay.delete(answer));
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
  /** What the cluster was told. */
  readonly events: ClusterEvent[] = [];
  readonly env: Readonly<Record<string, string>>;
  readonly settings: AlertSettings;
  rowsOfLastHour: number | undefined = 100;
  /** Signals with too few values for a verdict. */
  unjudged: readonly string[] = [];
  #runs = 0;

  /** `names`: of receivers beside the sinks of the settings, which are real. */
  constructor(names: readonly string[], alerts: object = {}, env: Readonly<Record<string, string>> = {}) {
    this.env = env;
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
    const createEvent = async (event: ClusterEvent) => {
      this.events.push(event);
      await turns();
    };
    const configured = configuredSinks(this.settings, { store, env: this.env, createEvent });
    return [
      ...configured.map((sink) => (sink.name === STORAGE_SINK ? sink : this.#realSink(sink, process))),
      ...this.receivers.map((receiver) => this.#sink(receiver, process)),
    ];
  }

  #realSink({ name, severity, open }: ConfiguredSink, process: Interruptible | undefined): ConfiguredSink {
    const sink: Sink = {
      send: async (notification) => {
        await process?.before(`POST ${name}`);
        await this.clock.request(open().then((real) => real.send(notification)));
        await process?.after(`POST ${name}`);
      },
    };
    return { name, severity, open: async () => sink };
  }

  #sink(receiver: Receiver, process: Interruptible | undefined): ConfiguredSink {
    const sink: Sink = {
      send: async (notification) => {
        await process?.before(`POST ${receiver.name}`);
        if (receiver.failure !== undefined) throw receiver.failure();
        receiver.received.push(structuredClone(notification));
        await this.clock.request(turns());
        await process?.after(`POST ${receiver.name}`);
      },
    };
    return { name: receiver.name, severity: 'INFO', open: async () => sink };
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
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
