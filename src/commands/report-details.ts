import { numberInWords, pValueInWords } from '../drift/words.ts';
import { printable } from '../report/printable.ts';
import type { Report } from '../report/schema.ts';
import type { Io } from './io.ts';
import { painter, table } from './table.ts';

const SHOWN = 20;

/** What moved and what was odd, for people: everything of a report that is not unremarkable. */
export function details(io: Io, report: Report, key: string): string {
  const paint = painter(io);
  const { from, to } = report.window;
  const parts = [
    `Window ${from.slice(0, 16)}Z – ${to.slice(0, 16)}Z, ${report.inputs.files} files, baseline ${report.baseline.id} of ${report.baseline.rows} rows`,
  ];
  const signals = [
    ...report.features.map((signal) => ({ ...signal, kind: 'feature' })),
    ...report.outputs.map((signal) => ({ ...signal, kind: 'output' })),
    ...report.embeddings.map((signal) => ({ ...signal, kind: 'embedding' })),
  ];
  const drifted = signals.filter(({ verdict }) => verdict === 'drift');
  const notable = [...drifted, ...signals.filter(({ verdict }) => verdict === 'minor')];
  if (notable.length > 0) {
    const rows = notable.map((signal) => [signal.verdict, signal.kind, signal.name, ...figures(signal)]);
    const drawn = table(io, ['Verdict', 'Kind', 'Name', 'PSI', 'Distance', 'Evidence'], rows.slice(0, SHOWN), 40);
    parts.push(drawn, ...(rows.length > SHOWN ? [`… and ${rows.length - SHOWN} more`] : []));
    const reasons = notable.slice(0, SHOWN).map(({ name, reasons }) => {
      return `  ${paint('bold', printable(name, 40))}: ${reasons.map((reason) => printable(reason, 200)).join('; ')}`;
    });
    parts.push(['Why:', ...reasons].join('\n'));
  }
  if (report.findings.length > 0) {
    const findings = report.findings.slice(0, SHOWN).map(({ code, message }) => {
      return `  ${paint('yellow', code)}: ${printable(message, 300)}`;
    });
    const more = report.findings.length > SHOWN ? [`  … and ${report.findings.length - SHOWN} more`] : [];
    parts.push(['Findings:', ...findings, ...more].join('\n'));
  }
  parts.push(`Report: ${key}`);
  return parts.join('\n\n');
}

type Signal = Report['features'][number] | Report['outputs'][number] | Report['embeddings'][number];

function figures(signal: Signal): string[] {
  if ('measures' in signal) {
    const { cosineToCentroid, adjustedPValue } = signal.measures;
    const { psi, ks } = cosineToCentroid;
    return [numberInWords(psi.value), numberInWords(ks.statistic), pValueInWords(adjustedPValue)];
  }
  const distance = signal.type === 'numeric' ? signal.ks.statistic : signal.shareChange.value;
  return [numberInWords(signal.psi.value), numberInWords(distance), pValueInWords(signal.chiSquare.adjustedPValue)];
}
