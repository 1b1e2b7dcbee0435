import { createHash } from 'node:crypto';
import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { messageOf } from '../message.ts';
import { type Notification, shortened } from '../notification.ts';
import type { Sink } from '../sink.ts';

/** An event about an object of the cluster, as far as this room knows of clusters. */
export interface ClusterEvent {
  /** The same in every attempt: a cluster has a name only once. */
  readonly name: string;
  readonly kind: string;
  readonly object: string;
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase. */
  readonly reason: string;
  /** At most 1024 bytes. */
  readonly message: string;
}

/** Creates an event, or finds that it is there already; rejects with a `DeliveryError`. */
export type CreateEvent = (event: ClusterEvent) => Promise<void>;

const MESSAGE_BYTES = 1024;

export function kubernetesEventSink({ object }: SinkSettingsOf<'kubernetes-event'>, createEvent: CreateEvent): Sink {
  return { send: (notification) => createEvent(clusterEvent(notification, object)) };
}

export function clusterEvent(notification: Notification, about: string): ClusterEvent {
  const [kind = '', object = ''] = about.split('/');
  const { heading, items, more, severity } = messageOf(notification);
  const text = [heading, ...items.map(({ title }) => title), more].filter(Boolean).join('; ');
  return {
    // Two sinks may tell two objects of the same news.
    name: `drift-monitor-${notification.id}-${createHash('sha256').update(about).digest('hex').slice(0, 8)}`,
    kind,
    object,
    type: severity === undefined || notification.sample ? 'Normal' : 'Warning',
    reason: severity === undefined ? 'ModelDriftResolved' : 'ModelDrift',
    message: shortenedToBytes(text, MESSAGE_BYTES),
  };
}

function shortenedToBytes(text: string, bytes: number): string {
  let length = text.length;
  while (Buffer.byteLength(shortened(text, length)) > bytes) length = Math.floor(length * 0.9);
  return shortened(text, length);
}
