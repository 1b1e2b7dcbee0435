import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Fetch, send } from '../http.ts';
import type { Notification, ToldAlert } from '../notification.ts';
import type { Severity } from '../schema.ts';
import type { Sink } from '../sink.ts';

const YEAR_MS = 365 * 86_400_000;
/** Alerts with more than labels, the gravest, so that a request stays small however many there are. */
const DESCRIBED = 50;

/** Prometheus Alertmanager, API v2 (`POST /api/v2/alerts`): it groups, and it knows an alert by its labels. */
export function alertmanagerSink(
  { url, headers, labels, timeoutSeconds }: SinkSettingsOf<'alertmanager'>,
  fetch?: Fetch,
): Sink {
  return {
    async send(notification) {
      const body = JSON.stringify(postableAlerts(notification, labels));
      await send(
        { url: `${url.replace(/\/$/, '')}/api/v2/alerts`, body, timeoutSeconds, ...(headers && { headers }) },
        fetch,
      );
    },
  };
}

/** All of them: an end that is left out would be one that never comes. Alertmanager makes one message of a group. */
export function postableAlerts(notification: Notification, labels: Readonly<Record<string, string>> = {}): object[] {
  return notification.alerts.flatMap((alert, index) => {
    const isOver = alert.change === 'resolved';
    const now = postable(notification, alert, alert.severity, labels, isOver, index < DESCRIBED);
    // Its labels make an alert what it is: with another severity it is another one, and the former ends.
    const before =
      alert.previousSeverity === null
        ? []
        : [postable(notification, alert, alert.previousSeverity, labels, true, false)];
    return [...before, now];
  });
}

function postable(
  { model, window, command, sample }: Notification,
  alert: ToldAlert,
  severity: Severity,
  labels: Readonly<Record<string, string>>,
  isOver: boolean,
  isDescribed: boolean,
): object {
  return {
    labels: {
      ...labels,
      alertname: sample ? 'ModelDriftSample' : 'ModelDrift',
      model: model.name,
      version: model.version,
      rule: alert.rule,
      signal: alert.signal,
      severity: severity.toLowerCase(),
    },
    annotations: {
      dedup_key: alert.dedupKey,
      ...(isDescribed && { summary: alert.title, description: alert.reasons.join('; '), command }),
    },
    startsAt: alert.openedAt,
    // Without an end of its own it is over after a few minutes of silence, as a sample is; of others this program says when.
    ...(!sample && { endsAt: isOver ? window.to : yearAfter(window.to) }),
  };
}

function yearAfter(instant: string): string {
  return new Date(Date.parse(instant) + YEAR_MS).toISOString();
}
