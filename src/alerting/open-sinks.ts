import type { AlertSettings } from '../config/alert-settings.ts';
import { BORROWED, borrowsSecret } from '../config/model-config.ts';
import type { SinkSettings } from '../config/sink-settings.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Fetch } from './http.ts';
import type { Notification } from './notification.ts';
import { hideSecrets, resolveReferences, type SecretSources } from './references.ts';
import { isAtLeast, type Severity, severityNamed } from './schema.ts';
import { DeliveryError, type Sink } from './sink.ts';
import type { CreateEvent } from './sinks/kubernetes-event.ts';

export const STORAGE_SINK = 'storage';

export interface SinkContext extends SecretSources {
  readonly store: ObjectStore;
  /** Creates an event in the cluster that the program runs in. */
  readonly createEvent: CreateEvent;
  readonly fetch?: Fetch;
  /** Where given, secrets are looked up for these sinks only. */
  readonly approved?: readonly SinkSettings[];
}

/** A sink that is opened when there is something for it. */
export interface ConfiguredSink {
  readonly name: string;
  /** Alerts that never were so grave are not sent. */
  readonly severity: Severity;
  open(): Promise<Sink>;
}

/** The storage, and the sinks of the settings. Nothing is loaded or looked up yet. */
export function configuredSinks({ sinks }: Pick<AlertSettings, 'sinks'>, context: SinkContext): ConfiguredSink[] {
  const storage: ConfiguredSink = {
    name: STORAGE_SINK,
    severity: 'INFO',
    open: async () => (await import('./sinks/storage.ts')).storageSink(context.store),
  };
  return [storage, ...sinks.map((settings) => configuredSink(settings, context))];
}

/** What is wrong with the sinks of the settings, wherever the program runs, one sentence each. */
export function sinkProblems({ sinks }: Pick<AlertSettings, 'sinks'>): string[] {
  const names = [STORAGE_SINK, ...sinks.map(nameOf)];
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index));
  const lacking = sinks.flatMap((sink, index) =>
    sink.kind === 'webhook' && sink.format === 'template' && sink.template === undefined ? [index] : [],
  );
  return [
    ...[...twice].map((name) => `alerts.sinks: more than one is called ${name}; give each a name of its own`),
    ...lacking.map((index) => `alerts.sinks.${index}: format template needs a template`),
  ];
}

/** What keeps sinks from being reached in this environment, one sentence each. No reason to do nothing else. */
export function sinkObstacles({ sinks }: Pick<AlertSettings, 'sinks'>, sources: SecretSources): string[] {
  return sinks.flatMap((settings, index) =>
    resolveReferences(settings, sources).problems.map(
      (problem) => `alerts.sinks.${index} (${nameOf(settings)}): ${problem}`,
    ),
  );
}

function nameOf({ name, kind }: SinkSettings): string {
  return name ?? kind;
}

function configuredSink(settings: SinkSettings, context: SinkContext): ConfiguredSink {
  const lowest = severityNamed(settings.severity);
  const isWanted = ({ severity }: Notification['alerts'][number]) => isAtLeast(severity, lowest);
  let opened: Promise<Sink> | undefined;
  return {
    name: nameOf(settings),
    severity: lowest,
    open: () => {
      opened ??= openSink(settings, context);
      return opened.then((sink) => ({
        send: (notification) => sink.send({ ...notification, alerts: notification.alerts.filter(isWanted) }),
      }));
    },
  };
}

async function openSink(settings: SinkSettings, context: SinkContext): Promise<Sink> {
  if (context.approved !== undefined && borrowsSecret(settings, context.approved)) {
    throw new DeliveryError(BORROWED, { isTransient: false });
  }
  const { value, secrets, problems } = resolveReferences(settings, context);
  if (problems.length > 0) throw new DeliveryError(problems.join('; '), { isTransient: false });
  return withoutSecrets(await loadSink(value, context), secrets);
}

async function loadSink(settings: SinkSettings, { fetch, createEvent }: SinkContext): Promise<Sink> {
  switch (settings.kind) {
    case 'slack':
      return (await import('./sinks/slack.ts')).slackSink(settings, fetch);
    case 'pagerduty':
      return (await import('./sinks/pagerduty.ts')).pagerdutySink(settings, fetch);
    case 'teams':
      return (await import('./sinks/teams.ts')).teamsSink(settings, fetch);
    case 'webhook':
      return (await import('./sinks/webhook.ts')).webhookSink(settings, fetch);
    case 'email':
      return (await import('./sinks/email.ts')).emailSink(settings);
    case 'alertmanager':
      return (await import('./sinks/alertmanager.ts')).alertmanagerSink(settings, fetch);
    case 'kubernetes-event':
      return (await import('./sinks/kubernetes-event.ts')).kubernetesEventSink(settings, createEvent);
  }
}

/** Whatever a sink says of a failure is told without what must not be known. */
function withoutSecrets(sink: Sink, secrets: readonly string[]): Sink {
  return {
    async send(notification) {
      try {
        await sink.send(notification);
      } catch (error) {
        const message = hideSecrets(error instanceof Error ? error.message : String(error), secrets);
        throw new DeliveryError(message, error instanceof DeliveryError ? error.failure : { isTransient: false });
      }
    },
  };
}
