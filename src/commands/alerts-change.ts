import { randomUUID } from 'node:crypto';
import type { AlertState, Silence } from '../alerting/state.ts';
import { updateState } from '../alerting/state-store.ts';
import { RULES } from '../config/alert-settings.ts';
import { DriftMonitorError, UsageError } from '../errors.ts';
import { alertOf, oneModelName, requireRuns } from './alert-models.ts';
import { parseDuration, type SilenceOptions, type UntilOptions } from './alerts.ts';
import { parseInstant } from './instant.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';

export async function acknowledge(context: Context<UntilOptions>): Promise<undefined> {
  const { io, options, settings, args } = context;
  const model = oneModelName(settings);
  const store = await context.openStorage();
  const acknowledged = { until: endOf(options, io.now()), reason: options.reason ?? '' };
  let id = '';
  await updateState(store, model, (state): AlertState => {
    const record = alertOf(state, model, args[0] ?? '');
    if (record.state !== 'open')
      throw new DriftMonitorError(`${record.id} is ${record.state}: only what is open can be acknowledged`);
    id = record.id;
    return { ...state, alerts: state.alerts.map((one) => (one === record ? { ...one, acknowledged } : one)) };
  });
  if (options.json === true) await printJson(io, { id, ...acknowledged });
  else await print(io, `${id} is acknowledged until ${acknowledged.until}`);
}

export async function silence(context: Context<SilenceOptions>): Promise<undefined> {
  const { io, options, settings, args } = context;
  const model = oneModelName(settings);
  const { rule, signal, reason = '', end } = options;
  if (end !== undefined) return await endSilence(context, model, end);
  if (rule !== undefined && !RULES.some((known) => known === rule)) {
    throw new UsageError([`--rule ${rule}: must be one of ${RULES.join(', ')}`]);
  }
  const [given] = args;
  if (given !== undefined && (rule ?? signal) !== undefined) {
    throw new UsageError(['give either the id of an alert or --rule and --signal']);
  }
  const store = await context.openStorage();
  const until = endOf(options, io.now());
  const { modelVersion } = settings;
  let made: Silence = {
    id: randomUUID().slice(0, 8),
    until,
    reason,
    ...(modelVersion !== undefined && { version: modelVersion }),
    ...(rule !== undefined && { rule }),
    ...(signal !== undefined && { signal }),
  };
  await updateState(store, model, (state): AlertState => {
    requireRuns(state, model, store);
    if (given !== undefined) {
      const record = alertOf(state, model, given);
      made = { ...made, version: record.version, rule: record.rule, signal: record.signal };
    }
    return { ...state, silences: [...state.silences.filter(({ id }) => id !== made.id), made] };
  });
  if (options.json === true) await printJson(io, { model, ...made });
  else
    await print(
      io,
      `Silent until ${until}: ${[model, made.version, made.rule, made.signal].filter(Boolean).join(' ')} (silence ${made.id})`,
    );
}

async function endSilence(context: Context<SilenceOptions>, model: string, id: string): Promise<undefined> {
  const { io, options } = context;
  const store = await context.openStorage();
  await updateState(store, model, (state): AlertState => {
    const silences = state.silences.filter((one) => one.id !== id);
    if (silences.length < state.silences.length) return { ...state, silences };
    throw new DriftMonitorError(
      `${model} has no silence ${id}; drift-monitor alerts list shows them, and those of the configuration file are ended there`,
    );
  });
  if (options.json === true) await printJson(io, { model, ended: id });
  else await print(io, `The silence ${id} is ended`);
}

function endOf({ for: duration, until }: UntilOptions, now: number): string {
  const end = duration === undefined ? parseInstant(until ?? '') : now + parseDuration(duration);
  if (end <= now) throw new UsageError([`--until ${until}: lies in the past`]);
  return new Date(end).toISOString();
}
