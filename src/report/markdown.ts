import { numberInWords } from '../drift/words.ts';
import { printable } from '../printable.ts';
import type { Report } from './schema.ts';
import { byImportance, type Signal, signalsOf } from './signals.ts';
import { fromRightToLeft } from './text-direction.ts';
import {
  capitalized,
  counted,
  instant,
  pValue,
  STATUS,
  scoreInWords,
  scoreOf,
  someOfAll,
  VERDICT,
  whyNotJudged,
} from './words.ts';

const LIST = new Intl.ListFormat('en-GB');

/** A comment on a pull request is read if it is short. */
const SHOWN = 20;

/** A report as GitHub-flavoured Markdown. Nothing in it can become markup, a link or a mention, whatever the logs hold. */
export function reportMarkdown(report: Report): string {
  const { model, window, rows, settings, findings } = report;
  const why = whyNotJudged(report);
  const signals = signalsOf(report).sort(byImportance(report));
  const drifted = signals.filter(({ verdict }) => verdict === 'drift');
  const notable = [...drifted, ...signals.filter(({ verdict }) => verdict === 'minor')];
  const moved = drifted.length === 0 ? '' : `${capitalized(LIST.format(someOfAll(drifted, signals)))} drifted. `;
  return [
    `### ${STATUS[report.status]}: ${codeMarkdown(`${model.name} ${model.version}`)}`,
    `${moved}Drift score **${scoreOf(report)}** (critical from ${scoreInWords(settings.scoreCriticalThreshold)}), ${counted(rows, 'row')}, ${instant(window.from)} – ${instant(window.to)} UTC.`,
    ...(why === undefined ? [] : [textMarkdown(why)]),
    ...(notable.length === 0 ? [] : [table(notable.slice(0, SHOWN)) + more(notable.length)]),
    ...(findings.length === 0 ? [] : [findingList('Findings', findings)]),
  ].join('\n\n');
}

function table(signals: readonly Signal[]): string {
  const rows = signals.map(({ name, kind, verdict, psi, distance, adjustedPValue, reasons }) => [
    codeMarkdown(name),
    kind,
    verdict === 'drift' ? `**${VERDICT.drift}**` : VERDICT[verdict],
    numberInWords(psi.value),
    numberInWords(distance.value),
    textMarkdown(pValue(adjustedPValue)),
    reasons.map((reason) => textMarkdown(printable(reason, 200))).join('<br>'),
  ]);
  return markdownTable(['Signal', 'Kind', 'Verdict', 'PSI', 'Distance', 'p, adjusted', 'Why'], rows);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function findingList(title: string, findings: Report['findings']): string {
  const lines = findings
    .slice(0, SHOWN)
    .map(({ code, message }) => `- ${code}: ${textMarkdown(printable(message, 300))}`);
  return `**${title}**\n\n${lines.join('\n')}${more(findings.length)}`;
}

function more(all: number): string {
  return all > SHOWN ? `\n\n… and ${all - SHOWN} more` : '';
}

/** A name from a log, as code. */
export function codeMarkdown(name: string): string {
  const text = printable(name);
  // In a code span nothing but backticks, and in a table pipes, would have to be escaped, and there is no way to.
  return /^[\w .-]+$/.test(text) && text.trim() === text
    ? `\`${text}\``
    : `<code>${entities(text, /[^\p{L}\p{M}\p{N} ]/gu)}</code>`;
}

/**
 * A sentence with text from logs in it. Entities are never markup; after `@`, `#` and in `www.` a character without width keeps
 * what shows the comment from making mentions, references and links of it. Text that runs from right to left stands between
 * U+2068 and U+2069, isolated from the numbers beside it.
 */
export function textMarkdown(text: string): string {
  return fromRightToLeft(text)
    .map(({ text, isIsolated }) => (isIsolated ? `&#8296;${safe(text)}&#8297;` : safe(text)))
    .join('');
}

function safe(text: string): string {
  return entities(text, UNSAFE)
    .replace(/&#(64|35);/g, '$&&#8203;')
    .replace(/\b(www|gh)(?=[.-])/gi, '$1&#8203;');
}

/** All but what is never markup, or not where it stands: an underscore within a word, a colon before a space. */
const UNSAFE = /(?![-,.;'()%→–…/ ]|(?<=[\p{L}\p{N}])_(?=[\p{L}\p{N}])|:(?= ))[^\p{L}\p{M}\p{N}]/gu;

function entities(text: string, of: RegExp): string {
  return text.replace(of, (character) => `&#${character.codePointAt(0)};`);
}
