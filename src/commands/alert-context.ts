import { randomUUID } from 'node:crypto';
import { systemEffects } from '../alerting/effects.ts';
import { configuredSinks, type SinkContext, sinkObstacles, sinkProblems } from '../alerting/open-sinks.ts';
import type { RetrainingStarter } from '../alerting/retraining.ts';
import { retrainingProblems } from '../alerting/retraining-starters.ts';
import { DeliveryError } from '../alerting/sink.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import type { RetrainingSettings } from '../config/retraining-settings.ts';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Io } from './io.ts';

/** What of the settings this environment lacks: secrets that are not there. What does not need them works all the same. */
export function alertingObstacles({ alerts, retraining }: Settings, io: Io): string[] {
  return [...sinkObstacles(alerts, io), ...retrainingProblems(retraining, io)];
}

/** How this run tells people. Throws `UsageError` where the settings contradict each other. */
export function alertingOf({ alerts, retraining }: Settings, store: ObjectStore, io: Io) {
  const problems = sinkProblems(alerts);
  if (problems.length > 0) throw new UsageError(problems);
  const context: SinkContext = {
    store,
    env: io.env,
    createEvent: async (event) => {
      const { createEventOnce } = await import('../kubernetes/events.ts');
      await inCluster(io, (cluster) => createEventOnce(cluster, event, new Date(io.now())));
    },
  };
  return {
    sinks: configuredSinks(alerts, context),
    /** Of a model, whose configuration in storage may name other sinks. */
    sinksOf: (ofModel: AlertSettings) => configuredSinks(ofModel, { ...context, approved: alerts.sinks }),
    run: randomUUID(),
    effects: { ...systemEffects, now: io.now },
    ...(retraining && { retraining: { settings: retraining, open: () => starterOf(retraining, io) } }),
  };
}

export async function starterOf(settings: RetrainingSettings, io: Io): Promise<RetrainingStarter> {
  const { retrainingStarter } = await import('../alerting/retraining-starters.ts');
  return retrainingStarter(settings, {
    env: io.env,
    createJob: async (cronJob, name) => {
      const { createJobOnce } = await import('../kubernetes/job-from-cron-job.ts');
      await inCluster(io, (cluster) => createJobOnce(cluster, cronJob, name));
    },
  });
}

/** The room of alerts knows of no cluster: this is how it is handed one. */
async function inCluster({ env, cwd }: Io, act: (cluster: Cluster) => Promise<void>): Promise<void> {
  const [{ connect }, { ClusterError }] = await Promise.all([
    import('../kubernetes/cluster.ts'),
    import('../kubernetes/cluster-error.ts'),
  ]);
  try {
    await act(await connect({ kubeconfig: undefined, context: undefined, namespace: undefined, env, cwd }));
  } catch (error) {
    const isTransient = error instanceof ClusterError && error.isTransient;
    const message = error instanceof Error ? error.message : String(error);
    throw new DeliveryError(message, { isTransient, mayHaveArrived: isTransient });
  }
}
