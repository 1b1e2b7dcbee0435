import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Fetch, send } from '../http.ts';
import { type Item, messageOf } from '../message.ts';
import type { Notification } from '../notification.ts';
import type { Severity } from '../schema.ts';
import type { Sink } from '../sink.ts';

const COLOURS: Readonly<Record<Severity, string>> = { CRITICAL: '#d32f2f', WARNING: '#f9a825', INFO: '#1976d2' };
const RESOLVED = '#2e7d32';
/** Block Kit's limit for the text of a section; an escaped character may be five. */
const SECTION_LENGTH = 3000;

/** Slack's incoming webhooks, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. */
export function slackSink({ url, mention, timeoutSeconds }: SinkSettingsOf<'slack'>, fetch?: Fetch): Sink {
  return {
    async send(notification) {
      await send({ url, timeoutSeconds, body: JSON.stringify(slackMessage(notification, mention)) }, fetch);
    },
  };
}

/** At most 15 blocks of the 50 that Slack takes. */
export function slackMessage(notification: Notification, mention: string | undefined): object {
  const message = messageOf(notification);
  const { severity, facts, items, more, command } = message;
  const mentioned = mention !== undefined && isCriticalNews(notification) ? `${mention} ` : '';
  const blocks = [
    section(`${mentioned}*${escaped(message.heading)}*`),
    { type: 'section', fields: facts.map(({ name, value }) => mrkdwn(`*${name}*\n${escaped(value)}`)) },
    ...items.map((item) => section(itemText(item))),
    ...(more === '' ? [] : [section(escaped(more))]),
    { type: 'context', elements: [mrkdwn(`\`${escaped(command)}\``)] },
  ];
  // `text` is what a notification on a telephone shows.
  return {
    text: `${mentioned}${escaped(message.heading)}`,
    attachments: [{ color: severity === undefined ? RESOLVED : COLOURS[severity], blocks }],
  };
}

/** A reminder wakes nobody. */
function isCriticalNews({ alerts }: Notification): boolean {
  return alerts.some(
    ({ severity, change }) => severity === 'CRITICAL' && (change === 'opened' || change === 'escalated'),
  );
}

function itemText({ title, reasons, since }: Item): string {
  return [`*${escaped(title)}* (${since})`, ...reasons.map((reason) => `• ${escaped(reason)}`)].join('\n');
}

function section(text: string): object {
  return { type: 'section', text: mrkdwn(text) };
}

function mrkdwn(text: string): object {
  return { type: 'mrkdwn', text: text.slice(0, SECTION_LENGTH) };
}

/** Names from logs must neither mention anybody nor format anything: `<!channel>`, `*`, a backtick. */
function escaped(text: string): string {
  const harmless = text.replace(/[\p{Cc}\p{Cf}]/gu, ' ').replace(/([*_~`])/g, '\u200b$1');
  return harmless.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
