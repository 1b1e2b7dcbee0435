import { randomUUID } from 'node:crypto';
import { systemEffects } from '../alerting/effects.ts';
import { configuredSinks, type SinkContext, sinkProblems } from '../alerting/open-sinks.ts';
import { DeliveryError } from '../alerting/sink.ts';
import type { CreateEvent } from '../alerting/sinks/kubernetes-event.ts';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Io } from './io.ts';

/** How this run tells people. Throws `UsageError` where a secret that the settings name is not there. */
export function alertingOf(settings: Settings, store: ObjectStore, io: Io) {
  const problems = sinkProblems(settings.alerts, { env: io.env });
  if (problems.length > 0) throw new UsageError(problems);
  return {
    sinks: configuredSinks(settings.alerts, sinkContext(store, io)),
    run: randomUUID(),
    effects: { ...systemEffects, now: io.now },
  };
}

function sinkContext(store: ObjectStore, io: Io): SinkContext {
  return { store, env: io.env, createEvent: eventCreator(io) };
}

/** The room of alerts knows of no cluster: this is what it is handed. */
function eventCreator({ env, cwd, now }: Io): CreateEvent {
  return async (event) => {
    const [{ connect }, { ClusterError }, { createEventOnce }] = await Promise.all([
      import('../kubernetes/cluster.ts'),
      import('../kubernetes/cluster-error.ts'),
      import('../kubernetes/events.ts'),
    ]);
    try {
      const cluster = await connect({ kubeconfig: undefined, context: undefined, namespace: undefined, env, cwd });
      await createEventOnce(cluster, event, new Date(now()));
    } catch (error) {
      const isTransient = error instanceof ClusterError && error.isTransient;
      throw new DeliveryError(error instanceof Error ? error.message : String(error), { isTransient });
    }
  };
}
