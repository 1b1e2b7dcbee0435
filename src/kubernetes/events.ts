import type { Cluster } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';

/** An event to create about an object of the namespace. */
export interface NewEvent {
  readonly name: string;
  readonly kind: string;
  readonly object: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

const GROUPS: ReadonlyMap<string, string> = new Map([
  ['CronJob', 'batch/v1'],
  ['Deployment', 'apps/v1'],
  ['Service', 'v1'],
]);

/** Creates an event, unless there is one of that name. Throws `ClusterError`. */
export async function createEventOnce(cluster: Cluster, event: NewEvent, now: Date): Promise<void> {
  const { namespace } = cluster.place;
  const { name, kind, object, type, reason, message } = event;
  try {
    await cluster.createEvent({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: { apiVersion: GROUPS.get(kind) ?? 'v1', kind, name: object, namespace },
      type,
      reason,
      message,
      source: { component: 'drift-monitor' },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== 'already-exists') throw error;
  }
}
