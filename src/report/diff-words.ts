import { numberInWords } from '../drift/words.ts';
import { printable } from '../printable.ts';
import type { ReportDiff, SignalChange, SignalDiff } from './diff.ts';
import { codeMarkdown, findingList, markdownTable, textMarkdown } from './markdown.ts';
import type { Verdict } from './signals.ts';
import { count, instant, STATUS, scoreOf, VERDICT } from './words.ts';

const CHANGE_WORDS: Readonly<Record<SignalChange, string>> = {
  drifted: 'newly drifted',
  graver: 'graver',
  'still-drift': 'still drift',
  recovered: 'recovered',
  milder: 'milder',
  'not-judged': 'no longer judged',
  judged: 'now judged',
  added: 'new',
  removed: 'gone',
  same: 'as before',
};

/** The signals worth a line: those whose verdict changed, and what still drifts. */
export function changed({ signals }: ReportDiff): readonly SignalDiff[] {
  return signals.filter(({ change }) => change !== 'same');
}

export const DIFF_HEAD = ['Change', 'Kind', 'Name', 'Verdict', 'PSI', 'Distance'] as const;

/** The cells of `DIFF_HEAD`; the name as it is. */
export function diffCells({ change, kind, name, verdict, psi, distance }: SignalDiff): string[] {
  return [
    CHANGE_WORDS[change],
    kind,
    name,
    arrow(word(verdict.before), word(verdict.after)),
    arrow(number(psi.before), number(psi.after)),
    arrow(number(distance.before), number(distance.after)),
  ];
}

/** Names and values of what the two reports say as a whole. */
export function diffFacts({ before, after }: ReportDiff): (readonly [name: string, value: string])[] {
  const name = ({ model }: ReportDiff['before']) => printable(`${model.name} ${model.version}`, 300);
  const window = ({ window: { from, to } }: ReportDiff['before']) => `${instant(from)} – ${instant(to)}`;
  return [
    ['Model', same(name(before), name(after))],
    ['Window', arrow(window(before), window(after))],
    ['Status', same(STATUS[before.status], STATUS[after.status])],
    ['Drift score', arrow(scoreOf(before), scoreOf(after))],
    ['Rows', arrow(count(before.rows), count(after.rows))],
  ];
}

/** How many signals became what: `2 newly drifted, 1 recovered`. */
export function diffSentence(diff: ReportDiff): string {
  const changes = [...Map.groupBy(changed(diff), ({ change }) => change)];
  if (changes.length === 0) return 'No verdict changed.';
  return `${changes.map(([change, signals]) => `${count(signals.length)} ${CHANGE_WORDS[change]}`).join(', ')}.`;
}

const SHOWN = 30;

/** A comparison as GitHub-flavoured Markdown. */
export function diffMarkdown(diff: ReportDiff): string {
  const rows = changed(diff).map((signal) =>
    diffCells(signal).map((cell, index) => (index === 2 ? codeMarkdown(cell) : cell)),
  );
  const more = rows.length - SHOWN;
  const { added, gone } = diff.findings;
  return [
    `### Drift: ${diffSentence(diff)}`,
    diffFacts(diff)
      .map(([name, value]) => `${name}: ${name === 'Model' ? textMarkdown(value) : value}`)
      .join('  \n'),
    ...diff.notes.map((note) => `> Mind: ${note}.`),
    ...(rows.length === 0 ? [] : [markdownTable(DIFF_HEAD, rows.slice(0, SHOWN))]),
    ...(more > 0 ? [`… and ${more} more`] : []),
    ...(added.length === 0 ? [] : [findingList('New findings', added)]),
    ...(gone.length === 0 ? [] : [findingList('Findings that are gone', gone)]),
  ].join('\n\n');
}

function word(verdict: Verdict | null): string {
  return verdict === null ? '–' : VERDICT[verdict];
}

function number(value: number | null): string {
  return value === null ? '–' : numberInWords(value);
}

function arrow(before: string, after: string): string {
  return `${before} → ${after}`;
}

function same(before: string, after: string): string {
  return before === after ? after : arrow(before, after);
}
