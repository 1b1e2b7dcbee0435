import { createHash } from 'node:crypto';
import { z } from 'zod';
import { HOUR_MS } from '../storage/hour.ts';
import { alertConditionSchema, CHANGES, evidenceSchema, SEVERITIES } from './schema.ts';

const count = z.int().min(0);

/** An alert that a run has something to tell about. */
const toldAlertSchema = z.object({
  ...alertConditionSchema.shape,
  change: z.enum(CHANGES),
  /** Of an escalation: what it was before. */
  previousSeverity: z.enum(SEVERITIES).nullable(),
  dedupKey: z.string(),
  since: z.iso.datetime(),
  openedAt: z.iso.datetime(),
  evidence: evidenceSchema.nullable(),
});

/** What one run tells every sink: all alerts of a model version that changed. Bounded: see `toldAlert`. */
export const notificationSchema = z.object({
  id: z.string().describe('the same in every attempt'),
  model: z.object({ name: z.string(), version: z.string() }),
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  status: z.enum(['drift', 'no-drift', 'insufficient-data', 'no-data']),
  driftScore: z.number(),
  rows: count,
  report: z.string().describe('key of the report'),
  command: z.string().describe('shows the report'),
  alerts: z.array(toldAlertSchema),
  open: z
    .object({ CRITICAL: count, WARNING: count, INFO: count })
    .describe('alerts that are open after this, by the gravest severity that was told'),
  sample: z.boolean().describe('made by alerts test: nothing is wrong'),
});

export type Notification = z.infer<typeof notificationSchema>;
export type ToldAlert = Notification['alerts'][number];

const REASONS = 4;
const REASON_LENGTH = 300;
const NAME_LENGTH = 200;

/** An alert as it is sent, with names and reasons of bounded length: they come from logs. */
export function toldAlert(alert: ToldAlert): ToldAlert {
  const { evidence } = alert;
  return {
    ...alert,
    signal: shortened(alert.signal, NAME_LENGTH),
    ...inBrief(alert),
    evidence: evidence && {
      ...evidence,
      moved: evidence.moved.map(({ what, ...shares }) => ({ what: shortened(what, NAME_LENGTH), ...shares })),
    },
  };
}

/** Title and reasons of bounded length, the most telling ones. */
export function inBrief({ title, reasons }: Pick<ToldAlert, 'title' | 'reasons'>) {
  return {
    title: shortened(title, NAME_LENGTH),
    reasons: reasons.slice(0, REASONS).map((reason) => shortened(reason, REASON_LENGTH)),
  };
}

/** At most `length` characters (UTF-16 code units), no surrogate cut in half. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The same for the same news, in whichever run it is told. */
export function notificationId(
  alerts: readonly Pick<ToldAlert, 'dedupKey' | 'change' | 'severity'>[],
  to: string,
): string {
  const news = alerts.map(({ dedupKey, change, severity }) => [dedupKey, change, severity]);
  return createHash('sha256')
    .update(JSON.stringify([news, to]))
    .digest('hex')
    .slice(0, 24);
}

/** Prints the report that has the evidence. `to` is the end of its window. */
export function reportCommand(model: { readonly name: string; readonly version: string }, to: string): string {
  const lastHour = new Date(Date.parse(to) - HOUR_MS).toISOString().replace('.000Z', 'Z');
  return `drift-monitor report show --model-name ${model.name} --model-version ${model.version} --at ${lastHour} --details`;
}
