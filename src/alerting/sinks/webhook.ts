import { createHmac } from 'node:crypto';
import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Fetch, send } from '../http.ts';
import type { Notification } from '../notification.ts';
import type { Sink } from '../sink.ts';

/** Alerts that a body holds whole; of the others `alertsInBrief` has what became of them. */
const ALERTS = 50;

/** Any receiver of HTTP: the notification as JSON, in a CloudEvents envelope, or in words of one's own. */
export function webhookSink(settings: SinkSettingsOf<'webhook'>, fetch?: Fetch, now: () => number = Date.now): Sink {
  const { url, hmacSecret, headers, timeoutSeconds } = settings;
  return {
    async send(notification) {
      const { body, contentType } = webhookBody(notification, settings);
      const timestamp = String(Math.floor(now() / 1000));
      const signature =
        hmacSecret === undefined
          ? {}
          : { 'x-drift-timestamp': timestamp, 'x-drift-signature': signatureOf(hmacSecret, timestamp, body) };
      const own = { 'content-type': contentType, 'idempotency-key': notification.id, ...signature };
      await send({ url, body, timeoutSeconds, headers: { ...headers, ...own } }, fetch);
    },
  };
}

/** HMAC-SHA-256 (RFC 2104) over `timestamp.body`: a receiver refuses what is old as well as what is forged. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

export function webhookBody(
  notification: Notification,
  { format, template, contentType }: Pick<SinkSettingsOf<'webhook'>, 'format' | 'template' | 'contentType'>,
): { readonly body: string; readonly contentType: string } {
  const { alerts } = notification;
  const alertsInBrief = alerts
    .slice(ALERTS)
    .map(({ id, dedupKey, change, severity }) => ({ id, dedupKey, change, severity }));
  const data = { ...notification, alerts: alerts.slice(0, ALERTS), alertsLeftOut: alertsInBrief.length, alertsInBrief };
  if (format === 'template') return { body: filledIn(template ?? '{{}}', data), contentType };
  if (format === 'json') return { body: JSON.stringify(data), contentType: 'application/json' };
  // CloudEvents 1.0.2, structured mode: source and id together name an event.
  const envelope = {
    specversion: '1.0',
    id: notification.id,
    source: `/drift-monitor/models/${notification.model.name}/${notification.model.version}`,
    type: 'drift-monitor.alerts.changed',
    subject: notification.report,
    time: notification.window.to,
    datacontenttype: 'application/json',
    data,
  };
  return { body: JSON.stringify(envelope), contentType: 'application/cloudevents+json' };
}

/** `{{path}}` becomes the field's JSON, a text's without its quotes so that it can stand between others; `{{}}` is everything. */
function filledIn(template: string, data: object): string {
  return template.replace(/\{\{\s*([\w.]*)\s*\}\}/g, (_, path: string) => {
    const keys = path === '' ? [] : path.split('.');
    const value = keys.reduce<unknown>(
      (inside, key) =>
        typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
          ? Reflect.get(inside, key)
          : undefined,
      data,
    );
    const json = JSON.stringify(value ?? null);
    return typeof value === 'string' ? json.slice(1, -1) : json;
  });
}
