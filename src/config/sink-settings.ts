import { z } from 'zod';
import { headers, headerValue, integer, oneOf, secret, setting, text, url } from './setting.ts';

const common = {
  name: setting(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), {
    description: 'What reports call it; by default its kind',
    allowed: 'small letters, digits and -, at most 63, the first no -',
  }).optional(),
  severity: oneOf(['info', 'warning', 'critical'], {
    description: 'Alerts that never were so grave are not sent',
  }).default('info'),
};

const http = {
  timeoutSeconds: integer(1, 25, { unit: 'seconds', description: 'How long an answer may take' }).default(10),
};

const slack = z.strictObject({
  kind: z.literal('slack'),
  ...common,
  url: url({ description: 'Of an incoming webhook' }),
  mention: setting(z.string().regex(/^<([!@][A-Za-z0-9^|_-]+)>$/), {
    description: 'Who is mentioned when something is critical',
    allowed: 'a mention as Slack writes it: <!here>, <!channel>, <@U…> or <!subteam^S…>',
  }).optional(),
  ...http,
});

const pagerduty = z.strictObject({
  kind: z.literal('pagerduty'),
  ...common,
  routingKey: secret({ description: 'Integration key of an Events API v2 integration' }),
  url: url({ description: 'Of the Events API v2' }).default('https://events.pagerduty.com/v2/enqueue'),
  ...http,
});

const teams = z.strictObject({
  kind: z.literal('teams'),
  ...common,
  url: url({ description: 'Of a workflow that posts what a webhook receives' }),
  ...http,
});

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  ...common,
  url: url({ description: 'What is posted to' }),
  format: oneOf(['json', 'cloudevents', 'template'], {
    description: 'The notification as it is, in a CloudEvents 1.0 envelope, or the template filled in',
  }).default('json'),
  template: text({
    description:
      'Body of the format template: {{path.of.a.field}} is that of the notification as JSON, without the quotes of a text',
  }).optional(),
  contentType: headerValue({ description: 'Of the template' }).default('application/json'),
  hmacSecret: secret({
    description: 'Signs time and body: X-Drift-Signature: sha256=HEX over X-Drift-Timestamp, a dot and the body',
  }).optional(),
  headers: headers({ description: 'Further headers, such as Authorization' }).optional(),
  ...http,
});

const email = z.strictObject({
  kind: z.literal('email'),
  ...common,
  host: text({ description: 'Of the SMTP server' }),
  port: integer(1, 65_535, { description: 'Of the SMTP server' }).default(587),
  tls: oneOf(['starttls', 'implicit', 'off'], { description: 'How the connection is encrypted' }).default('starttls'),
  user: text({ description: 'Who signs in' }).optional(),
  password: secret({ description: 'Of the user' }).optional(),
  from: text({ description: 'Address of the sender' }),
  to: setting(z.array(z.string().min(1)).min(1), {
    description: 'Addresses of the receivers',
    allowed: 'a list of addresses, at least one',
  }),
  ...http,
});

const alertmanager = z.strictObject({
  kind: z.literal('alertmanager'),
  ...common,
  url: url({ description: 'Of the Alertmanager, without /api/v2' }),
  headers: headers({ description: 'Further headers, such as Authorization' }).optional(),
  labels: setting(z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()), {
    description: 'Further labels of every alert',
    allowed: 'a mapping of label names to texts',
  }).default({}),
  ...http,
});

const kubernetesEvent = z.strictObject({
  kind: z.literal('kubernetes-event'),
  ...common,
  object: setting(z.string().regex(/^(CronJob|Deployment|Service)\/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/), {
    description: 'What the event is about, in the namespace of the job',
    allowed: 'CronJob/NAME, Deployment/NAME or Service/NAME',
  }),
});

export const sinkSettings = setting(
  z.discriminatedUnion('kind', [slack, pagerduty, teams, webhook, email, alertmanager, kubernetesEvent]),
  {
    allowed: 'a mapping with kind: slack, pagerduty, teams, webhook, email, alertmanager or kubernetes-event',
    description: 'Where alerts are sent',
  },
);

export type SinkSettings = z.infer<typeof sinkSettings>;
export type SinkKind = SinkSettings['kind'];
export type SinkSettingsOf<Kind extends SinkKind> = Extract<SinkSettings, { readonly kind: Kind }>;
