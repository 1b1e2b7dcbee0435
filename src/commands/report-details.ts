import { numberInWords, pValueInWords } from '../drift/words.ts';
import { printable } from '../printable.ts';
import type { Report } from '../report/schema.ts';
import { type Signal, signalsOf } from '../report/signals.ts';
import { whyNotJudged } from '../report/words.ts';
import type { Io } from './io.ts';
import { examples } from './report-embedding.ts';
import { type Cell, painter, table } from './table.ts';

const SHOWN = 20;
const NAME_LENGTH = 30;

/** What moved and what was odd, for people: everything of a report that is not unremarkable. */
export function details(io: Io, report: Report, key: string): string {
  const paint = painter(io);
  const signals = signalsOf(report);
  const drifted = signals.filter(({ verdict }) => verdict === 'drift');
  const notable = [...drifted, ...signals.filter(({ verdict }) => verdict === 'minor')];
  const parts = [about(report)];
  // The summary says NO where no drift was found, be it that nothing could be judged.
  const note = whyNotJudged(report);
  if (note !== undefined) parts.push(paint('yellow', note));
  if (notable.length > 0) {
    const rows = notable.map((signal): Cell[] => [
      { text: signal.verdict, style: signal.verdict === 'drift' ? 'red' : 'yellow' },
      signal.kind,
      printable(signal.name, NAME_LENGTH),
      ...figures(signal),
    ]);
    parts.push(
      table(io, ['Verdict', 'Kind', 'Name', 'PSI', 'Distance', 'Evidence'], rows.slice(0, SHOWN)) + more(rows.length),
    );
  }
  if (drifted.length > 0) {
    const reasons = drifted.slice(0, SHOWN).flatMap(({ name, reasons }) => {
      return [`  ${paint('bold', printable(name))}`, ...reasons.map((reason) => `    ${printable(reason, 200)}`)];
    });
    parts.push(`Why:\n${reasons.join('\n')}${more(drifted.length)}`);
  }
  for (const entry of report.embeddings) {
    const shown = entry.verdict === 'drift' || entry.verdict === 'minor' ? examples(io, entry) : '';
    if (shown !== '') parts.push(`${paint('bold', printable(entry.name, NAME_LENGTH))}: ${shown}`);
  }
  if (report.findings.length > 0) {
    const findings = report.findings.slice(0, SHOWN).map(({ code, message }) => {
      return `  ${paint('yellow', code)}: ${printable(message, 300)}`;
    });
    parts.push(`Findings:\n${findings.join('\n')}${more(report.findings.length)}`);
  }
  parts.push(`Report: ${printable(key, 500)}`);
  return parts.join('\n\n');
}

function about({ window, inputs, baseline }: Report): string {
  const inWords = (instant: string) => `${instant.slice(0, 10)} ${instant.slice(11, 16)}`;
  const files = inputs.files === 1 ? '1 file' : `${inputs.files} files`;
  return [
    `Window:   ${inWords(window.from)} – ${inWords(window.to)} UTC, ${files}`,
    `Baseline: ${printable(baseline.id)}, ${baseline.rows} rows`,
  ].join('\n');
}

function more(count: number): string {
  return count > SHOWN ? `\n  … and ${count - SHOWN} more` : '';
}

function figures({ psi, distance, adjustedPValue }: Signal): string[] {
  return [numberInWords(psi.value), numberInWords(distance.value), pValueInWords(adjustedPValue)];
}
