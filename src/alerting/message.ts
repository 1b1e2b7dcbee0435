import { percent } from '../drift/words.ts';
import { HOUR_MS } from '../storage/hour.ts';
import { type Notification, shortened, type ToldAlert } from './notification.ts';
import { SEVERITIES, type Severity } from './schema.ts';

/** Alerts that a message names; how many more there are is said. */
const NAMED = 10;
/** Of them in the heading, which is all that a telephone shows. */
const NAMED_IN_HEADING = 2;

/**
 * A notification in words that any sink can show. Names in it come from logs: they are without control and invisible characters, and
 * each sink escapes in its own way what would be markup to it.
 */
export interface Message {
  readonly heading: string;
  /** Of everything that is not resolved; undefined where everything is. */
  readonly severity: Severity | undefined;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly items: readonly Item[];
  /** Of the alerts that are not among `items`; empty without any. */
  readonly more: string;
  readonly command: string;
  /** The command by which somebody says that they are at it. */
  readonly acknowledge: string;
}

export interface Item {
  readonly severity: Severity;
  /** In capitals what happened, and to what. */
  readonly title: string;
  readonly reasons: readonly string[];
  /** With the id by which the alert is acknowledged. */
  readonly since: string;
}

const WORDS = { opened: 'NEW', escalated: 'ESCALATED', repeated: 'STILL OPEN', resolved: 'RESOLVED' } as const;

/** `names` alerts at most are named. */
export function messageOf(notification: Notification, names = NAMED): Message {
  const { alerts, model, window, status, driftScore, rows, command, sample } = notification;
  const severity = SEVERITIES.find((one) =>
    alerts.some((alert) => alert.severity === one && alert.change !== 'resolved'),
  );
  const named = alerts.slice(0, names);
  const titles = alerts.slice(0, NAMED_IN_HEADING).map(({ title }) => clean(shortened(title, 80)));
  const rest = alerts.length > titles.length ? ', …' : '';
  return {
    heading: `${sample ? '[SAMPLE] ' : ''}${model.name} ${model.version}: ${countsInWords(alerts)}: ${titles.join(', ')}${rest}`,
    severity,
    facts: [
      { name: 'Window', value: `${inWords(window.from)} – ${inWords(window.to)} UTC` },
      { name: 'Status', value: status },
      { name: 'Drift score', value: percent(driftScore) },
      { name: 'Rows', value: String(rows) },
    ],
    items: named.map((alert) => itemOf(alert, window.to)),
    more:
      alerts.length > named.length ? `… and ${alerts.length - names} more: ${countsInWords(alerts.slice(names))}` : '',
    command,
    acknowledge: `drift-monitor alerts ack ${alerts[0]?.id.slice(0, 8) ?? 'ID'} --model-name ${model.name} --for 8h --reason '…'`,
  };
}

function itemOf(
  { id, severity, change, title, reasons, since, openedAt, previousSeverity }: ToldAlert,
  to: string,
): Item {
  const isOver = change === 'resolved';
  const from = previousSeverity === null ? '' : ` from ${previousSeverity}`;
  const label = isOver ? `${WORDS.resolved} after ${hours(openedAt, to)}` : `${severity} · ${WORDS[change]}${from}`;
  return {
    severity,
    title: clean(`${label}: ${shortened(title, 150)}`),
    // What made it an alert holds no more.
    reasons: isOver ? [] : reasons.slice(0, 3).map((reason) => clean(shortened(reason, 200))),
    since: `since ${inWords(since)} UTC, alert ${id.slice(0, 8)}`,
  };
}

function hours(from: string, to: string): string {
  return `${Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / HOUR_MS))} h`;
}

/** A line break in a name would begin a line of its own, and what nobody sees would not be what it seems. */
function clean(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
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
    'The report, and how to say that you are at it:',
    `  ${message.command}`,
    `  ${message.acknowledge}`,
  ].join('\n');
}
