import type { ClusterEvent } from '../../src/alerting/sinks/kubernetes-event.ts';
import type { ReceivedRequest } from './failing-server.ts';

/** What one receiver has been told of one alert, as that receiver understands it. */
export interface Told {
  readonly opened: number;
  readonly repeated: number;
  readonly resolved: number;
  /** Received once more under an identity that it had already. */
  readonly doubled: number;
}

type Word = 'opened' | 'repeated' | 'resolved';

function counts(words: readonly Word[], identities: readonly string[]): Told {
  const of = (word: Word) => words.filter((one) => one === word).length;
  const doubled = identities.length - new Set(identities).size;
  return { opened: of('opened'), repeated: of('repeated'), resolved: of('resolved'), doubled };
}

/** What a person reads: `churn v1: 1 WARNING new: …`. */
function wordIn(heading: string): Word {
  if (/: \d+ [A-Z]+ new\b/.test(heading)) return 'opened';
  if (/: \d+ [A-Z]+ still open\b/.test(heading)) return 'repeated';
  if (/: \d+ resolved\b/.test(heading)) return 'resolved';
  throw new Error(`nobody knows what this says: ${heading}`);
}

/** People read a message's heading; it is the same message where all of it is. */
export function toldInSlack(requests: readonly ReceivedRequest[]): Told {
  return counts(
    requests.map(({ body }) => wordIn(JSON.parse(body).text)),
    requests.map(({ body }) => body),
  );
}

export function toldInTeams(requests: readonly ReceivedRequest[]): Told {
  return counts(
    requests.map(({ body }) => wordIn(JSON.parse(body).attachments[0].content.body[0].text)),
    requests.map(({ body }) => body),
  );
}

/** Incidents: a trigger opens one or adds to the open one, a resolve ends it, and is nothing where none is open. */
export function toldToPagerDuty(requests: readonly ReceivedRequest[]): Told {
  const open = new Set<string>();
  const words = requests.map(({ body }): Word => {
    const { event_action, dedup_key } = JSON.parse(body);
    if (event_action === 'resolve') {
      if (!open.delete(dedup_key)) throw new Error('resolved an incident that was not open');
      return 'resolved';
    }
    if (open.has(dedup_key)) return 'repeated';
    open.add(dedup_key);
    return 'opened';
  });
  // A resolve has nothing but its key; a second one in a row is refused above.
  const triggers = requests.map(({ body }) => JSON.parse(body).payload?.custom_details.notification).filter(Boolean);
  return counts(words, triggers);
}

export function toldToWebhook(requests: readonly ReceivedRequest[]): Told {
  return counts(
    requests.flatMap(({ body }) => JSON.parse(body).alerts.map(({ change }: { change: Word }) => change)),
    requests.map(({ headers }) => String(headers['idempotency-key'])),
  );
}

/** An alert is known by its labels, fires from `startsAt` until an `endsAt` that has come; `end` lies after all of them. */
export function toldToAlertmanager(requests: readonly ReceivedRequest[], end: number): Told {
  const firing = new Map<string, string>();
  const words = requests
    .flatMap(({ body }) => JSON.parse(body))
    .map(({ labels, startsAt, endsAt }): Word => {
      const alert = JSON.stringify(labels);
      const before = firing.get(alert);
      if (Date.parse(endsAt) <= end) {
        if (before !== startsAt) throw new Error('ended an alert that was not firing');
        firing.delete(alert);
        return 'resolved';
      }
      firing.set(alert, startsAt);
      return before === startsAt ? 'repeated' : 'opened';
    });
  return counts(
    words,
    requests.map(({ body }) => body),
  );
}

export function toldByMail(mails: readonly string[]): Told {
  const header = (mail: string, name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(mail)?.[1] ?? '';
  return counts(
    mails.map((mail) => wordIn(header(mail, 'Subject'))),
    mails.map((mail) => header(mail, 'Message-ID')),
  );
}

export function toldInCluster(events: readonly ClusterEvent[]): Told {
  const words = events.map(({ message, type, reason }): Word => {
    const word = wordIn(message);
    const expected = word === 'resolved' ? 'Normal ModelDriftResolved' : 'Warning ModelDrift';
    if (`${type} ${reason}` !== expected) throw new Error(`${type} ${reason}: ${message}`);
    return word;
  });
  return counts(
    words,
    events.map(({ name }) => name),
  );
}

/** In the alert's own document. */
export function toldInStorage(history: readonly { readonly change: string; readonly at: string }[]): Told {
  const words = history.map(({ change }): Word => {
    if (change === 'opened' || change === 'repeated' || change === 'resolved') return change;
    throw new Error(`nobody expects ${change}`);
  });
  return counts(
    words,
    history.map(({ at }) => at),
  );
}
