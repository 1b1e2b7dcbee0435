import { z } from 'zod';
import { headers, integer, number, oneOf, setting, text, url } from './setting.ts';

const http = z.strictObject({
  url: url({ description: 'What is posted to' }),
  headers: headers({ description: `Further headers, such as Authorization: Bearer \${TOKEN}` }).default({}),
  jobId: text({ description: 'Where the answer has the id of the job: names separated by dots' }).default('id'),
});

const job = z.strictObject({
  cronJob: setting(z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,51}[a-z0-9])?$/), {
    description: 'CronJob whose template the Job is made from, in the namespace of this program',
    allowed: 'the name of a CronJob',
  }),
});

export const retrainingSettings = setting(
  z
    .strictObject({
      severity: oneOf(['info', 'warning', 'critical'], {
        description: 'How grave an alert must be, at least',
      }).default('critical'),
      openHours: number(0, 8784, { unit: 'hours', description: 'How long it must have been open' }).default(24),
      minLabelledRows: integer(0, 1_000_000_000, {
        unit: 'rows',
        description: 'Rows with a label that the window must have',
      }).default(1000),
      cooldownDays: number(0, 3660, {
        unit: 'days',
        description: 'After a retraining was started none is started for so long',
      }).default(7),
      http: setting(http, { description: 'Starts it by a POST', allowed: 'a mapping with url' }).optional(),
      job: setting(job, { description: 'Starts it as a Job', allowed: 'a mapping with cronJob' }).optional(),
    })
    .refine((given) => (given.http === undefined) !== (given.job === undefined), {
      error: 'must have either http or job',
    }),
  {
    allowed: 'a mapping with either http or job',
    description: 'When a retraining is started, and how; without it none is',
  },
).optional();

export type RetrainingSettings = NonNullable<z.infer<typeof retrainingSettings>>;
