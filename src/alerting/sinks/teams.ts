import type { SinkSettingsOf } from '../../config/sink-settings.ts';
import { type Fetch, send } from '../http.ts';
import { type Message, messageOf } from '../message.ts';
import type { Notification } from '../notification.ts';
import type { Sink } from '../sink.ts';

/** Of the 28 KB that Teams takes. */
const CARD_BYTES = 27_000;
const COLOURS = { CRITICAL: 'attention', WARNING: 'warning', INFO: 'accent' } as const;

/** A Microsoft Teams workflow ("when a Teams webhook request is received"), which takes Adaptive Cards up to 28 KB. */
export function teamsSink({ url, timeoutSeconds }: SinkSettingsOf<'teams'>, fetch?: Fetch): Sink {
  return {
    async send(notification) {
      await send({ url, timeoutSeconds, body: JSON.stringify(teamsMessage(notification)) }, fetch);
    },
  };
}

/** Names fewer alerts where their names, escaped, would make the card too large. */
export function teamsMessage(notification: Notification): object {
  for (const names of [10, 5, 2]) {
    const card = cardOf(messageOf(notification, names));
    if (Buffer.byteLength(JSON.stringify(card)) <= CARD_BYTES) return card;
  }
  return cardOf(messageOf(notification, 0));
}

function cardOf({ heading, severity, facts, items, more, command, acknowledge }: Message): object {
  const body = [
    {
      type: 'TextBlock',
      size: 'large',
      weight: 'bolder',
      wrap: true,
      color: severity === undefined ? 'good' : COLOURS[severity],
      text: escaped(heading),
    },
    { type: 'FactSet', facts: facts.map(({ name, value }) => ({ title: name, value: escaped(value) })) },
    ...items.map(({ title, reasons, since }) => ({
      type: 'Container',
      separator: true,
      items: [text(`${title} (${since})`, 'bolder'), ...reasons.map((reason) => text(reason))],
    })),
    ...(more === '' ? [] : [text(more)]),
    ...[command, acknowledge].map((line) => ({
      type: 'TextBlock',
      wrap: true,
      fontType: 'monospace',
      isSubtle: true,
      text: escaped(line),
    })),
  ];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body,
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function text(value: string, weight: 'default' | 'bolder' = 'default'): object {
  return { type: 'TextBlock', wrap: true, spacing: 'small', weight, text: escaped(value) };
}

/** Cards read Markdown: a name from a log must be neither a link nor a list. */
function escaped(value: string): string {
  return value.replace(/([\\`*_[\]<>#])/g, '\\$1');
}
