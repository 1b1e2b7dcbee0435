import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Fetch, send } from '../alerting/http.ts';
import { hideSecrets, resolveReferences, type SecretSources } from '../alerting/references.ts';
import type { MetricsSettings } from '../config/metrics-settings.ts';
import type { Report } from './schema.ts';

export interface MetricsContext extends SecretSources {
  /** What a relative directory is relative to. */
  readonly cwd: string;
  readonly fetch?: Fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const TIMEOUT_SECONDS = 10;

/** Publishes the metrics of a run where the settings want them. What went wrong, one sentence each; stops nothing. */
export async function publishMetrics(
  report: Report,
  settings: MetricsSettings,
  context: MetricsContext,
): Promise<string[]> {
  const { pushgatewayUrl, textfileDirectory } = settings;
  if (pushgatewayUrl === undefined && textfileDirectory === undefined) return [];
  const { metricsText } = await import('./metrics.ts');
  const text = await metricsText(report, settings.maxFeatures, context.now());
  const problems = await Promise.all([
    pushgatewayUrl === undefined ? undefined : push(text, report, settings, context),
    textfileDirectory === undefined ? undefined : write(text, report, resolve(context.cwd, textfileDirectory)),
  ]);
  return problems.flatMap((problem) => problem ?? []);
}

/** Replaces the group of the model version: https://github.com/prometheus/pushgateway#put-method. */
async function push(
  body: string,
  { model }: Report,
  { pushgatewayUrl = '', pushgatewayHeaders }: MetricsSettings,
  context: MetricsContext,
): Promise<string | undefined> {
  const { value, secrets, problems } = resolveReferences({ pushgatewayUrl, pushgatewayHeaders }, context);
  if (problems.length > 0) return `metrics were not pushed: ${problems.join('; ')}`;
  try {
    const group = `job/drift-monitor/model/${model.name}/version/${model.version}`;
    const headers = { ...value.pushgatewayHeaders, 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    const url = `${value.pushgatewayUrl.replace(/\/$/, '')}/metrics/${group}`;
    await send({ url, body, headers, method: 'PUT', timeoutSeconds: TIMEOUT_SECONDS }, context.fetch);
    return undefined;
  } catch (error) {
    return `metrics were not pushed: ${hideSecrets(messageOf(error), secrets)}`;
  }
}

/** A collector that reads meanwhile sees the former file or the new one. */
async function write(text: string, { model }: Report, directory: string): Promise<string | undefined> {
  // A + is in no name of a model.
  const file = join(directory, `drift-monitor-${model.name}+${model.version}.prom`);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, file);
    return undefined;
  } catch (error) {
    return `metrics were not written to ${file}: ${messageOf(error)}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
