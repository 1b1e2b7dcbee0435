import { z } from 'zod';
import { notificationSchema } from './notification.ts';
import { alertConditionSchema, CHANGES, SEVERITIES } from './schema.ts';

/** A state of another format is not touched: a newer program may have written it. */
export const STATE_FORMAT = 1;

const instant = z.iso.datetime();
const severity = z.enum(SEVERITIES);

const recordSchema = z.object({
  ...alertConditionSchema.shape,
  version: z.string(),
  /** Of the runs that could judge it, the latest last: what held, and null where nothing did. */
  history: z.array(severity.nullable()),
  state: z.enum(['pending', 'open', 'resolved']),
  since: instant,
  openedAt: instant.nullable(),
  resolvedAt: instant.nullable(),
  /** What was last told in this episode, and of which window's end; null where nothing was yet. */
  told: z.object({ severity, at: instant }).nullable(),
  acknowledged: z.object({ until: instant, reason: z.string() }).nullable(),
  changes: z.array(z.object({ at: instant, change: z.enum(CHANGES), severity })),
});

const deliverySchema = z.object({
  sink: z.string(),
  attempts: z.int().min(0),
  /** The run that is sending it, and until when that may be believed. */
  claim: z.object({ by: z.string(), until: instant }).nullable(),
  error: z.string().nullable(),
});

const versionSchema = z.object({
  version: z.string(),
  /** End of the last window that changed anything. */
  to: instant,
  /** Rows of hours, as they were counted when the hour was the window's last. */
  hours: z.array(z.object({ hour: instant, rows: z.int().min(0) })),
});

const silenceSchema = z.object({
  id: z.string(),
  until: instant,
  reason: z.string(),
  version: z.string().optional(),
  rule: z.string().optional(),
  signal: z.string().optional(),
});

const retrainingSchema = z.object({
  id: z.string(),
  version: z.string(),
  at: instant,
  /** `manual`, or the id of the alert. */
  cause: z.string(),
  kind: z.enum(['http', 'job']),
  /** `unknown`: it was asked for, and no answer came. */
  outcome: z.enum(['started', 'unknown', 'refused']),
  job: z.string().nullable(),
  error: z.string().nullable(),
});

/** `alerts/<model>/state.json`: everything that runs have to know of earlier runs. */
export const stateSchema = z.object({
  format: z.literal(STATE_FORMAT),
  versions: z.array(versionSchema),
  alerts: z.array(recordSchema),
  silences: z.array(silenceSchema),
  outbox: z.array(
    z.object({ notification: notificationSchema, createdAt: instant, deliveries: z.array(deliverySchema) }),
  ),
  retrainings: z.array(retrainingSchema),
  /** Sinks that runs have had lately: what a run finds out is for all of them, also where it cannot reach them itself. */
  sinks: z.array(z.object({ name: z.string(), severity, seenAt: instant })).default([]),
});

export type AlertState = z.infer<typeof stateSchema>;
export type AlertRecord = AlertState['alerts'][number];
export type OutboxEntry = AlertState['outbox'][number];
export type OutboxDelivery = OutboxEntry['deliveries'][number];
export type Silence = AlertState['silences'][number];
export type Retraining = AlertState['retrainings'][number];
export type VersionState = AlertState['versions'][number];

export const EMPTY_STATE: AlertState = {
  format: STATE_FORMAT,
  versions: [],
  alerts: [],
  silences: [],
  outbox: [],
  retrainings: [],
  sinks: [],
};
