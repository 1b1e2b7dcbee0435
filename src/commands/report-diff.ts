import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DriftMonitorError, messageOf, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { diffReports, type ReportDiff, type SignalChange } from '../report/diff.ts';
import { changed, DIFF_HEAD, diffCells, diffFacts, diffMarkdown, diffSentence } from '../report/diff-words.ts';
import type { Report } from '../report/schema.ts';
import { loadReport, type ModelChoice, parseReport, readReport } from '../report/store.ts';
import { hourOf } from '../storage/hour.ts';
import { isLatestReportKey, MODEL_ID, parseReportKey } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { instantProblem, parseInstant } from './instant.ts';
import { type Io, print, printJson } from './io.ts';
import type { Context } from './options.ts';
import type { DiffOptions } from './report-diff-options.ts';
import { type Cell, painter, table } from './table.ts';

/** `model` is the one that instants and `latest` are of. */
export async function showDiff(context: Context<DiffOptions>, model: () => Promise<ModelChoice>): Promise<number> {
  const { io, options, args } = context;
  const [first = '', second = ''] = args;
  const places = { io, model, open: context.openStorage };
  const [before, after] = await Promise.all([reportAt(first, places), reportAt(second, places)]);
  const diff = diffReports(before, after);
  if (options.json === true || options.format === 'json') await printJson(io, diff);
  else await print(io, options.format === 'markdown' ? diffMarkdown(diff) : diffText(io, diff));
  return isNamed(diff, options.failOn) ? 3 : 0;
}

interface Places {
  readonly io: Io;
  readonly model: () => Promise<ModelChoice>;
  readonly open: () => Promise<ObjectStore>;
}

/** What stands on the command line for a report. */
async function reportAt(text: string, { io, model, open }: Places): Promise<Report> {
  if (parseReportKey(text) !== undefined || isLatestReportKey(text))
    return (await readReport(await open(), text)).report;
  const file = resolve(io.cwd, text);
  if (text.endsWith('.json') && existsSync(file))
    return parseReport(await fileText(file), text, 'report show --json prints one').report;
  if (text.endsWith('.json')) throw new DriftMonitorError(`there is no file ${text}`);
  const [, name, version, at] = /^([^/@]+)\/([^/@]+)(?:@(.+))?$/.exec(text) ?? [];
  if (name === undefined || version === undefined) return loadAt(await open(), await model(), text);
  if (!MODEL_ID.test(name) || !MODEL_ID.test(version)) throw new UsageError([`${text}: names no model and version`]);
  return loadAt(await open(), { name, version }, at ?? 'latest');
}

async function loadAt(store: ObjectStore, model: ModelChoice, at: string): Promise<Report> {
  if (at === 'latest') return (await loadReport(store, model, undefined)).report;
  if (instantProblem('', at).length > 0) {
    throw new UsageError([
      `${at}: must be an instant such as 2025-12-24T11:30:00Z, latest, MODEL/VERSION, MODEL/VERSION@INSTANT, the key of a report, or a .json file`,
    ]);
  }
  return (await loadReport(store, model, hourOf(parseInstant(at)))).report;
}

async function fileText(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new DriftMonitorError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

const SHOWN = 40;

function diffText(io: Io, diff: ReportDiff): string {
  const paint = painter(io);
  const rows = changed(diff).map((signal): Cell[] => {
    const [change = '', ...cells] = diffCells(signal);
    const isBad = signal.change === 'drifted' || signal.change === 'graver';
    return [isBad ? { text: change, style: 'red' } : change, ...cells];
  });
  const { added, gone } = diff.findings;
  const list = (title: string, findings: Report['findings']) => {
    const lines = findings.slice(0, SHOWN).map(({ code, message }) => `  ${code}: ${printable(message, 300)}`);
    return findings.length === 0 ? [] : [`${title}:\n${lines.join('\n')}${more(findings.length)}`];
  };
  return [
    diffFacts(diff)
      .map(([name, value]) => `${`${name}:`.padEnd(13)}${value}`)
      .join('\n'),
    ...diff.notes.map((note) => paint('yellow', `Mind: ${note}`)),
    ...(rows.length === 0 ? [] : [table(io, DIFF_HEAD, rows.slice(0, SHOWN), 40) + more(rows.length)]),
    ...list('New findings', added),
    ...list('Findings that are gone', gone),
    diffSentence(diff),
  ].join('\n\n');
}

function more(all: number): string {
  return all > SHOWN ? `\n  … and ${all - SHOWN} more` : '';
}

/** Whether the second report holds something that the first one did not and `--fail-on` names. */
function isNamed({ signals }: ReportDiff, failOn: readonly string[] = []): boolean {
  const named = new Set(failOn.flatMap((what) => CHANGES_NAMED.get(what) ?? []));
  return signals.some(({ change }) => named.has(change));
}

/** What is no longer judged is no drift: nobody knows. Whoever must not miss that names it too. */
const CHANGES_NAMED: ReadonlyMap<string, readonly SignalChange[]> = new Map([
  ['drift', ['drifted']],
  ['minor', ['drifted', 'graver']],
  ['insufficient-data', ['not-judged']],
]);
