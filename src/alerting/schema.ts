import { z } from 'zod';

export const SEVERITIES = ['CRITICAL', 'WARNING'] as const;

/** A condition that a window's data fulfil. */
export const alertConditionSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .describe('SHA-256 of model, version, rule and signal, 16 digits: the same in every run'),
  rule: z.enum(['drift-score', 'signal-drift']),
  signal: z.string().describe('feature, output or embedding, or driftScore'),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  reasons: z.array(z.string()),
});

/** `alerts/<model>/<id>.json`: the condition as it was last seen. */
export const alertSchema = z
  .strictObject({
    ...alertConditionSchema.shape,
    model: z.strictObject({ name: z.string(), version: z.string() }),
    window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
    driftScore: z.number().min(0).max(1),
    report: z.string().describe('key of the report'),
  })
  .meta({ title: 'drift-monitor alert', description: 'A condition that was fulfilled in the window it names.' });

export type AlertCondition = z.infer<typeof alertConditionSchema>;
export type Alert = z.infer<typeof alertSchema>;
