import { percent } from '../drift/words.ts';
import { type Notification, shortened, type ToldAlert } from './notification.ts';
import { SEVERITIES, type Severity } from './schema.ts';

/** Alerts that a message names; how many more there are is said. */
const NAMED = 10;

/** A notification in words that any sink can show. Texts come from logs: each sink escapes them in its own way. */
export interface Message {
  readonly heading: string;
  /** Of everything that is not resolved; undefined where everything is. */
  readonly severity: Severity | undefined;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly items: readonly Item[];
  /** Of the alerts that are not among `items`; empty without any. */
  readonly more: string;
  readonly command: string;
}

export interface Item {
  readonly severity: Severity;
  /** In capitals what happened, and to what. */
  readonly title: string;
  readonly reasons: readonly string[];
  readonly since: string;
}

const WORDS = { opened: 'NEW', escalated: 'GRAVER', repeated: 'STILL OPEN', resolved: 'RESOLVED' } as const;

export function messageOf(notification: Notification): Message {
  const { alerts, model, window, status, driftScore, rows, command, sample } = notification;
  const severity = SEVERITIES.find((one) =>
    alerts.some((alert) => alert.severity === one && alert.change !== 'resolved'),
  );
  const named = alerts.slice(0, NAMED);
  return {
    heading: `${sample ? '[SAMPLE] ' : ''}${model.name} ${model.version}: ${countsInWords(alerts)}`,
    severity,
    facts: [
      { name: 'Window', value: `${inWords(window.from)} – ${inWords(window.to)} UTC` },
      { name: 'Status', value: status },
      { name: 'Drift score', value: percent(driftScore) },
      { name: 'Rows', value: String(rows) },
    ],
    items: named.map(itemOf),
    more:
      alerts.length > named.length ? `… and ${alerts.length - NAMED} more: ${countsInWords(alerts.slice(NAMED))}` : '',
    command,
  };
}

function itemOf({ severity, change, title, reasons, since }: ToldAlert): Item {
  const shown = change === 'resolved' ? [] : reasons.slice(0, 3).map((reason) => shortened(reason, 200));
  const label = change === 'resolved' ? WORDS.resolved : `${severity} · ${WORDS[change]}`;
  return {
    severity,
    title: `${label}: ${shortened(title, 150)}`,
    reasons: shown,
    since: `since ${inWords(since)} UTC`,
  };
}

/** `1 CRITICAL and 2 WARNING new, 3 resolved`. */
function countsInWords(alerts: readonly ToldAlert[]): string {
  const parts = (['opened', 'escalated', 'repeated', 'resolved'] as const).flatMap((change) => {
    const those = alerts.filter((alert) => alert.change === change);
    if (those.length === 0) return [];
    if (change === 'resolved') return [`${those.length} ${WORDS.resolved.toLowerCase()}`];
    const counts = SEVERITIES.flatMap((severity) => {
      const count = those.filter((alert) => alert.severity === severity).length;
      return count === 0 ? [] : [`${count} ${severity}`];
    });
    return [`${counts.join(' and ')} ${WORDS[change].toLowerCase()}`];
  });
  return parts.join(', ');
}

function inWords(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)}`;
}

/** As plain text, for mail and logs. */
export function plainText(message: Message): string {
  const items = message.items.flatMap(({ title, reasons, since }) => [
    `${title} (${since})`,
    ...reasons.map((reason) => `  - ${reason}`),
  ]);
  return [
    message.heading,
    '',
    ...message.facts.map(({ name, value }) => `${name}: ${value}`),
    '',
    ...items,
    ...(message.more === '' ? [] : [message.more]),
    '',
    'The report:',
    `  ${message.command}`,
  ].join('\n');
}
