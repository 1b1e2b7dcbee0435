import { alertSchema, SEVERITIES } from '../alerting/schema.ts';
import type { AlertRecord } from '../alerting/state.ts';
import { loadState } from '../alerting/state-store.ts';
import { numberInWords, percent } from '../drift/words.ts';
import { printable } from '../printable.ts';
import { getIfThere, parseJson } from '../storage/json-document.ts';
import { alertKey } from '../storage/layout.ts';
import { alertOf, modelNames, oneModelName } from './alert-models.ts';
import type { ListAlertsOptions } from './alerts.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';
import { type Cell, type Style, table } from './table.ts';

const STYLES: Readonly<Record<AlertRecord['severity'], Style>> = { CRITICAL: 'red', WARNING: 'yellow', INFO: 'blue' };

export async function listAlerts(context: Context<ListAlertsOptions>): Promise<undefined> {
  const { io, options, settings } = context;
  const store = await context.openStorage();
  const now = io.now();
  const states = await Promise.all(
    modelNames(settings).map(async (model) => ({ model, state: await loadState(store, model) })),
  );
  const listed = states
    .flatMap(({ model, state }) => state.alerts.map((record) => ({ model, ...record })))
    .filter(({ version }) => (settings.modelVersion ?? version) === version)
    .filter(({ state, history }) => options.all === true || state === 'open' || history.at(-1) !== null)
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || (a.since < b.since ? -1 : 1));
  const own = states.flatMap(({ model, state }) => state.silences.map((silence) => ({ ...silence, model })));
  const silences = [...own, ...settings.alerts.silences].filter(({ until }) => Date.parse(until) > now);
  if (options.json === true) {
    const alerts = listed.map(({ history: _, changes: __, told, ...record }) => ({ ...record, told }));
    return void (await printJson(io, { alerts, silences }));
  }
  const unjudged = states.filter(({ state }) => state.versions.length === 0).map(({ model }) => model);
  const why = unjudged.length === 0 ? '' : ` (no hourly run has judged ${unjudged.join(', ')} in ${store.url})`;
  if (listed.length === 0) await print(io, `No alerts${why}`);
  else {
    const rows = listed.map((record): Cell[] => [
      record.id.slice(0, 8),
      { text: record.severity, style: STYLES[record.severity] },
      stateInWords(record, now),
      `${record.model} ${record.version}`,
      record.title,
      `${record.since.slice(0, 16)}Z`,
    ]);
    await print(io, table(io, ['Id', 'Severity', 'State', 'Model', 'What', 'Since'], rows));
  }
  for (const { until, reason, model, version, rule, signal, ...silence } of silences) {
    const named = [model, version, rule, signal].flatMap((part) => part ?? []).join(' ');
    const about = printable(named || 'every model', 200);
    const origin = 'id' in silence ? `silence ${silence.id}` : 'configuration file';
    await print(io, `Silent until ${until}: ${about} (${origin}: ${printable(reason, 200)})`);
  }
}

export async function showAlert(context: Context<unknown>): Promise<undefined> {
  const { io, options, settings, args } = context;
  const model = oneModelName(settings);
  const store = await context.openStorage();
  const record = alertOf(await loadState(store, model), model, args[0] ?? '');
  const stored = await getIfThere(store, alertKey(model, record.id));
  const parsed = alertSchema.safeParse(stored && parseJson(stored.bytes));
  const document = parsed.success ? parsed.data : undefined;
  if (options.json === true) return void (await printJson(io, { ...record, document: document ?? null }));
  const { acknowledged, changes } = record;
  const evidence = document?.evidence;
  const lines = [
    `${record.severity} ${printable(record.title, 200)}`,
    `Model:    ${model} ${record.version}`,
    `State:    ${record.state}, since ${record.since}`,
    ...record.reasons.map((reason) => `Why:      ${printable(reason, 300)}`),
    ...(evidence ? [`Effect:   PSI ${numberInWords(evidence.psi)}, distance ${numberInWords(evidence.distance)}`] : []),
    ...(evidence?.moved ?? []).map(
      ({ what, baseline, window }) =>
        `Moved:    ${printable(what)}: ${percent(baseline)} → ${percent(window)} of the rows`,
    ),
    ...(acknowledgedUntil(record, io.now()) === undefined
      ? []
      : [`At it:    until ${acknowledged?.until}: ${printable(acknowledged?.reason ?? '', 200)}`]),
    ...changes.map(({ at, change, severity }) => `History:  ${at} ${change} ${severity}`),
    ...(document?.command === undefined ? [] : ['', document.command]),
  ];
  await print(io, lines.join('\n'));
}

function stateInWords(record: AlertRecord, now: number): string {
  const until = acknowledgedUntil(record, now);
  return until === undefined ? record.state : `acknowledged to ${until.slice(0, 16)}Z`;
}

function acknowledgedUntil({ acknowledged }: AlertRecord, now: number): string | undefined {
  return acknowledged !== null && Date.parse(acknowledged.until) > now ? acknowledged.until : undefined;
}
