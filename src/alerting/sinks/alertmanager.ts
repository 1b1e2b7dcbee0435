import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Fetch, send } from '../http.ts';
import { type Notification, shortened, type ToldAlert } from '../notification.ts';
import type { Severity } from '../schema.ts';
import type { Sink } from '../sink.ts';

const YEAR_MS = 365 * 86_400_000;
/** Alerts in one request; the gravest come first. */
const ALERTS = 50;

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

export function postableAlerts(notification: Notification, labels: Readonly<Record<string, string>> = {}): object[] {
  const { alerts, window } = notification;
  const named = alerts.slice(0, ALERTS).flatMap((alert) => {
    const now = postable(notification, alert, alert.severity, labels, alert.change === 'resolved');
    // Its labels make an alert what it is: with another severity it is another one, and the former ends.
    const before =
      alert.previousSeverity === null ? [] : [postable(notification, alert, alert.previousSeverity, labels, true)];
    return [...before, now];
  });
  if (alerts.length <= ALERTS) return named;
  const { model, command, open } = notification;
  const isOpen = open.CRITICAL + open.WARNING + open.INFO > 0;
  const rest = {
    labels: { ...labels, alertname: 'ModelDriftMore', model: model.name, version: model.version, severity: 'info' },
    annotations: { summary: `${alerts.length - ALERTS} further alerts changed`, command },
    startsAt: window.to,
    endsAt: isOpen ? yearAfter(window.to) : window.to,
  };
  return [...named, rest];
}

function postable(
  { model, window, command, sample }: Notification,
  alert: ToldAlert,
  severity: Severity,
  labels: Readonly<Record<string, string>>,
  isOver: boolean,
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
      summary: alert.title,
      description: shortened(alert.reasons.join('; '), 1000),
      command,
      dedup_key: alert.dedupKey,
    },
    startsAt: alert.openedAt,
    // Without an end of its own it would be over after a few minutes of silence; this program says when it is.
    endsAt: isOver ? window.to : yearAfter(window.to),
  };
}

function yearAfter(instant: string): string {
  return new Date(Date.parse(instant) + YEAR_MS).toISOString();
}
