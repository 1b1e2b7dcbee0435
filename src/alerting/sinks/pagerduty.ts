import { createHash } from 'node:crypto';
import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Fetch, send } from '../http.ts';
import { messageOf } from '../message.ts';
import { type Notification, shortened } from '../notification.ts';
import { SEVERITIES, type Severity, severityNamed } from '../schema.ts';
import type { Sink } from '../sink.ts';

const NAMES: Readonly<Record<Severity, string>> = { CRITICAL: 'critical', WARNING: 'warning', INFO: 'info' };
/** Of the summary, by the Events API. */
const SUMMARY_LENGTH = 1024;

/** PagerDuty's Events API v2: one incident a model version, from its first open alert to the end of its last one. */
export function pagerdutySink(
  { url, routingKey, severity, timeoutSeconds }: SinkSettingsOf<'pagerduty'>,
  fetch?: Fetch,
): Sink {
  return {
    async send(notification) {
      const watched = SEVERITIES.slice(0, SEVERITIES.indexOf(severityNamed(severity)) + 1);
      for (const event of pagerdutyEvents(notification, watched)) {
        await send({ url, timeoutSeconds, body: JSON.stringify({ routing_key: routingKey, ...event }) }, fetch);
      }
    },
  };
}

/**
 * `watched`: severities that this sink is told of. A few kilobytes of the 512 that PagerDuty takes. None where some alerts are over and
 * others are not: a trigger would page again whoever has closed the incident. A sample is over at once.
 */
export function pagerdutyEvents(notification: Notification, watched: readonly Severity[] = SEVERITIES): object[] {
  const { model, alerts, open, window, report, sample } = notification;
  const gravestOpen = SEVERITIES.find((severity) => watched.includes(severity) && open[severity] > 0);
  const message = messageOf(notification);
  const dedup_key = incidentKey(notification);
  const resolve = { event_action: 'resolve', dedup_key };
  if (gravestOpen === undefined && !sample) return [resolve];
  if (alerts.every(({ change }) => change === 'resolved')) return [];
  const trigger = {
    event_action: 'trigger',
    dedup_key,
    payload: {
      summary: shortened(message.heading, SUMMARY_LENGTH),
      source: `drift-monitor/${model.name}`,
      severity: NAMES[sample ? 'INFO' : (gravestOpen ?? 'INFO')],
      timestamp: window.to,
      component: model.name,
      group: model.version,
      class: alerts[0]?.rule ?? 'drift',
      custom_details: {
        facts: Object.fromEntries(message.facts.map(({ name, value }) => [name, value])),
        alerts: message.items,
        more: message.more,
        command: message.command,
        acknowledge: message.acknowledge,
        report,
        notification: notification.id,
      },
    },
  };
  return sample ? [trigger, resolve] : [trigger];
}

function incidentKey({ model, sample }: Notification): string {
  const identity = JSON.stringify([model.name, model.version, ...(sample ? ['sample'] : [])]);
  return `drift-monitor-${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`;
}
