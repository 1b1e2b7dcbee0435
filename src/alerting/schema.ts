import { z } from 'zod';
import { RULES } from '../config/alert-settings.ts';

/** From the gravest to the mildest. */
export const SEVERITIES = ['CRITICAL', 'WARNING', 'INFO'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** As settings call it. */
export function severityNamed(name: 'info' | 'warning' | 'critical'): Severity {
  return name === 'info' ? 'INFO' : name === 'warning' ? 'WARNING' : 'CRITICAL';
}

/** Whether `severity` is at least as grave as `other`. */
export function isAtLeast(severity: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(other);
}

/** A condition that a run has found fulfilled. */
export const alertConditionSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .describe('SHA-256 of model, version, rule and signal, 16 digits: the same in every run'),
  rule: z.enum(RULES),
  signal: z.string().describe('feature, output or embedding, or what else the rule is about, such as driftScore'),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  reasons: z.array(z.string()),
});

/** By how much a signal moved, for who reads an alert. */
export const evidenceSchema = z.strictObject({
  rows: z.strictObject({ baseline: z.int().min(0), window: z.int().min(0) }).describe('compared'),
  psi: z.number().nullable(),
  distance: z.number().nullable().describe('Kolmogorov-Smirnov; for categories the largest change of one share'),
  moved: z
    .array(
      z.strictObject({
        what: z.string().describe('a range of values, or a value'),
        baseline: z.number().min(0).max(1).describe('share of the rows'),
        window: z.number().min(0).max(1),
      }),
    )
    .describe('where the histograms differ most, five at most'),
});

export const CHANGES = ['opened', 'escalated', 'repeated', 'resolved'] as const;

/** What became of an alert over the runs. */
const lifecycleSchema = z.strictObject({
  state: z.enum(['pending', 'open', 'resolved']),
  since: z.iso.datetime().describe('start of the last hour of the first window that showed it'),
  dedupKey: z.string().describe('the same for everything that is sent about it from opened to resolved'),
  openedAt: z.iso.datetime().nullable(),
  resolvedAt: z.iso.datetime().nullable(),
  acknowledged: z.strictObject({ until: z.iso.datetime(), reason: z.string() }).nullable(),
  history: z
    .array(z.strictObject({ at: z.iso.datetime(), change: z.enum(CHANGES), severity: z.enum(SEVERITIES) }))
    .describe('what was told, the latest last, 100 at most; at is the end of the window'),
});

/** `alerts/<model>/<id>.json`: the condition as it was last seen, and what became of it. */
export const alertSchema = z
  .strictObject({
    ...alertConditionSchema.shape,
    model: z.strictObject({ name: z.string(), version: z.string() }),
    window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
    driftScore: z.number().min(0).max(1),
    report: z.string().describe('key of the report'),
    command: z.string().describe('shows the report').optional(),
    evidence: evidenceSchema.nullable().optional(),
    lifecycle: lifecycleSchema.optional().describe('absent where only runs of the past have seen it'),
  })
  .meta({ title: 'drift-monitor alert', description: 'A condition that was fulfilled in the window it names.' });

/** `run.alerts[]` of a report. */
export const runAlertSchema = z.strictObject({
  id: z.string(),
  state: z.enum(['pending', 'open', 'resolved']).describe('pending: it holds, but not yet in enough runs'),
  since: z.iso.datetime(),
  severity: z.enum(SEVERITIES).describe('the gravest since it opened'),
  change: z.enum(CHANGES).nullable().describe('what this run tells of it'),
  rule: z.enum(RULES).optional().describe('this and the next two are absent in reports of earlier versions'),
  signal: z.string().optional(),
  title: z.string().optional().describe('as it was last seen'),
  acknowledgedUntil: z.iso.datetime().optional(),
  silencedUntil: z.iso.datetime().optional(),
});

/** `run.deliveries[]` of a report. */
export const deliverySchema = z.strictObject({
  sink: z.string(),
  notification: z.string().describe('id, the same in every attempt'),
  status: z.enum(['delivered', 'failed', 'abandoned']).describe('failed: tried again by the next run'),
  attempts: z.int().min(0).describe('in this run'),
  error: z.string().optional(),
});

export type AlertCondition = z.infer<typeof alertConditionSchema>;
export type Evidence = z.infer<typeof evidenceSchema>;
/** A condition with what shows it. */
export type ShownCondition = AlertCondition & { readonly evidence: Evidence | null };
export type Change = (typeof CHANGES)[number];
export type Lifecycle = z.infer<typeof lifecycleSchema>;
export type Alert = z.infer<typeof alertSchema>;
export type RunAlert = z.infer<typeof runAlertSchema>;
export type Delivery = z.infer<typeof deliverySchema>;
