import { html as xml } from './html/markup.ts';
import type { Report } from './schema.ts';
import { type Signal, signalsOf } from './signals.ts';

/**
 * JUnit XML, as CI systems show test results: a test case a signal. `drift` is a failure, too few rows skip it. Text from
 * logs is escaped as in a page, so the document is well-formed XML 1.0 whatever they hold.
 */
export function reportJunit(report: Report): string {
  const { model, window, status, driftScore, rows, findings, run } = report;
  const signals = signalsOf(report);
  const of = (verdict: Signal['verdict']) => signals.filter((signal) => signal.verdict === verdict).length;
  const seconds = (run.durationMs / 1000).toFixed(3);
  const properties = Object.entries({ status, driftScore, rows, 'window.from': window.from, 'window.to': window.to });
  const suite = `${model.name} ${model.version}`;
  return `<?xml version="1.0" encoding="UTF-8"?>
${xml`<testsuites name="drift-monitor" tests="${signals.length}" failures="${of('drift')}" errors="0" skipped="${of('insufficient-data')}" time="${seconds}">
<testsuite name="${suite}" tests="${signals.length}" failures="${of('drift')}" errors="0" skipped="${of('insufficient-data')}" time="${seconds}" timestamp="${run.startedAt}">
<properties>
${properties.map(([name, value]) => xml`<property name="${name}" value="${value}"/>\n`)}</properties>
${signals.map(
  (
    signal,
  ) => xml`<testcase classname="${model.name}.${model.version}.${signal.kind}" name="${signal.name}" time="0">${outcome(signal)}</testcase>
`,
)}<system-out>${findings.map(({ code, message }) => xml`${code}: ${message}\n`)}</system-out>
</testsuite>
</testsuites>`}
`;
}

function outcome({ verdict, reasons }: Signal) {
  const [first = ''] = reasons;
  const all = reasons.map((reason) => xml`${reason}\n`);
  switch (verdict) {
    case 'drift':
      return xml`<failure type="drift" message="${reasons.join('; ')}">${all}</failure>`;
    case 'insufficient-data':
      return xml`<skipped message="${first}"/>`;
    case 'minor':
      return xml`<system-out>minor: ${all}</system-out>`;
    case 'none':
      return undefined;
  }
}
