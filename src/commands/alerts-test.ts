import { randomUUID } from 'node:crypto';
import { type Notification, reportCommand } from '../alerting/notification.ts';
import { STORAGE_SINK } from '../alerting/open-sinks.ts';
import { DriftMonitorError, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { HOUR_MS, hourOf } from '../storage/hour.ts';
import { alertingOf } from './alert-context.ts';
import type { TestOptions } from './alerts.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';

export async function testSinks(context: Context<TestOptions>): Promise<undefined> {
  const { io, options, settings } = context;
  const { sinks } = alertingOf(settings, await context.openStorage(), io);
  const known = sinks.filter(({ name }) => name !== STORAGE_SINK);
  const names = known.map(({ name }) => name);
  const unknown = (options.sink ?? []).filter((name) => !names.includes(name));
  const list = names.length === 0 ? 'it names none' : `it names ${names.join(', ')}`;
  if (unknown.length > 0) {
    throw new UsageError(unknown.map((name) => `--sink ${name}: no such sink in the configuration file; ${list}`));
  }
  const chosen = known.filter(({ name }) => options.sink?.includes(name) ?? true);
  if (chosen.length === 0)
    throw new UsageError(['no sink to test: name some under alerts.sinks in the configuration file']);
  const notification = sample(settings.modelName ?? settings.models[0]?.name ?? 'sample', io.now());
  const outcomes = await Promise.all(
    chosen.map(async ({ name, open }) => {
      try {
        await (await open()).send(notification);
        return { sink: name, error: null };
      } catch (error) {
        return { sink: name, error: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  if (options.json === true) await printJson(io, outcomes);
  else
    for (const { sink, error } of outcomes)
      await print(io, `${sink}: ${error === null ? 'confirmed' : printable(error, 300)}`);
  const failed = outcomes.filter(({ error }) => error !== null).map(({ sink }) => sink);
  if (failed.length > 0) throw new DriftMonitorError(`the sample did not reach ${failed.join(', ')}`);
}

/** CRITICAL, so that every sink wants it, and marked, so that nobody gets up for it. */
function sample(name: string, now: number): Notification {
  const model = { name, version: 'sample' };
  const to = new Date(hourOf(now)).toISOString();
  const id = randomUUID().replaceAll('-', '').slice(0, 24);
  return {
    id,
    model,
    window: { from: new Date(hourOf(now) - 24 * HOUR_MS).toISOString(), to },
    status: 'drift',
    driftScore: 0.42,
    rows: 1000,
    report: 'none: this is a sample',
    command: reportCommand(model, to),
    alerts: [
      {
        id: '0'.repeat(16),
        rule: 'signal-drift',
        signal: 'sample',
        severity: 'CRITICAL',
        title: 'this is a sample, sent by drift-monitor alerts test: nothing is wrong',
        reasons: ['a sink was to be tested'],
        change: 'opened',
        previousSeverity: null,
        dedupKey: `sample-${id}`,
        since: to,
        openedAt: to,
        evidence: null,
      },
    ],
    open: { CRITICAL: 1, WARNING: 0, INFO: 0 },
    sample: true,
  };
}
