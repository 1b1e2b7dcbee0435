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
  const uid = await uidOf(cluster, event);
  const { name, kind, object, type, reason, message } = event;
  try {
    await cluster.createEvent({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: GROUPS.get(kind) ?? 'v1',
        kind,
        name: object,
        namespace,
        ...(uid !== undefined && { uid }),
      },
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

/** `kubectl describe` shows events by it. Without the right to read the object the event says what it says all the same. */
async function uidOf(cluster: Cluster, { kind, object }: NewEvent): Promise<string | undefined> {
  if (kind !== 'CronJob') return undefined;
  try {
    return (await cluster.getCronJob(object)).metadata?.uid;
  } catch (error) {
    if (error instanceof ClusterError && (error.kind === 'forbidden' || error.kind === 'not-found')) return undefined;
    throw error;
  }
}
