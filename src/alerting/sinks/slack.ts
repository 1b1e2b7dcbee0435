import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Fetch, send } from '../http.ts';
import { type Item, messageOf } from '../message.ts';
import { type Notification, shortened } from '../notification.ts';
import type { Severity } from '../schema.ts';
import type { Sink } from '../sink.ts';

const COLOURS: Readonly<Record<Severity, string>> = { CRITICAL: '#d32f2f', WARNING: '#f9a825', INFO: '#1976d2' };
const RESOLVED = '#2e7d32';
/** Block Kit's limit for the text of a section. */
const SECTION_LENGTH = 3000;

/** Slack's incoming webhooks, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. */
export function slackSink({ url, mention, timeoutSeconds }: SinkSettingsOf<'slack'>, fetch?: Fetch): Sink {
  return {
    async send(notification) {
      await send({ url, timeoutSeconds, body: JSON.stringify(slackMessage(notification, mention)) }, fetch);
    },
  };
}

/**
 * At most 15 blocks of the 50 that Slack takes. Names from logs stand in plain text, in which nothing formats or mentions anybody and
 * from which they can be copied as they are; only the heading and the commands are Slack's own markup.
 */
export function slackMessage(notification: Notification, mention: string | undefined): object {
  const message = messageOf(notification);
  const { severity, facts, items, more, command, acknowledge } = message;
  const mentioned = mention !== undefined && isCriticalNews(notification) ? `${mention} ` : '';
  const blocks = [
    { type: 'section', fields: facts.map(({ name, value }) => plain(`${name}\n${value}`)) },
    ...items.map((item) => ({ type: 'section', text: plain(itemText(item)) })),
    ...(more === '' ? [] : [{ type: 'section', text: plain(more) }]),
    { type: 'context', elements: [mrkdwn(`\`${withEntities(command)}\``), mrkdwn(`\`${withEntities(acknowledge)}\``)] },
  ];
  return {
    text: `${mentioned}${withEntities(message.heading)}`,
    attachments: [{ color: severity === undefined ? RESOLVED : COLOURS[severity], blocks }],
  };
}

/** A reminder wakes nobody, and neither does a sample. */
function isCriticalNews({ alerts, sample }: Notification): boolean {
  const isNews = ({ severity, change }: Notification['alerts'][number]) =>
    severity === 'CRITICAL' && (change === 'opened' || change === 'escalated');
  return !sample && alerts.some(isNews);
}

function itemText({ title, reasons, since }: Item): string {
  return [`${title} (${since})`, ...reasons.map((reason) => `• ${reason}`)].join('\n');
}

function plain(text: string): object {
  return { type: 'plain_text', text: shortened(text, SECTION_LENGTH), emoji: false };
}

function mrkdwn(text: string): object {
  return { type: 'mrkdwn', text };
}

/** `<!channel>` in a name must mention nobody (https://docs.slack.dev/messaging/formatting-message-text#escaping). */
function withEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
