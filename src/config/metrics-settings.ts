import { z } from 'zod';
import { headers, integer, secret, setting, text, url } from './setting.ts';

export const metricsSettings = setting(
  z.strictObject({
    pushgatewayUrl: url({ description: 'Of a Prometheus Pushgateway' }).optional(),
    pushgatewayHeaders: headers({ description: 'Further headers for it, such as Authorization' }).optional(),
    textfileDirectory: text({
      description: "Directory of the node exporter's textfile collector; one file a model is written there",
    }).optional(),
    postgresUrl: secret({
      description:
        'Of a PostgreSQL database (postgresql://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full) whose tables drift_runs and drift_metrics get each run',
    }).optional(),
    maxFeatures: integer(0, 10_000, {
      unit: 'features',
      description: 'Features with series of their own, those that moved most',
    }).default(50),
  }),
  {
    allowed: 'a mapping with pushgatewayUrl, pushgatewayHeaders, textfileDirectory, postgresUrl and maxFeatures',
    description: 'Metrics of each run for Prometheus or a database, where they are wanted',
  },
).prefault({});

export type MetricsSettings = z.infer<typeof metricsSettings>;
