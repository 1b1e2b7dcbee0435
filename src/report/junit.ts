import { html as xml } from './html/markup.ts';
import type { Report } from './schema.ts';
import { type Signal, signalsOf } from './signals.ts';
import { isJudged, whyNotJudged } from './words.ts';

/**
 * JUnit XML, as CI systems show test results: a test case a signal. `drift` is a failure, too few rows skip it; where nothing
 * could be judged the window itself is a test case with an error, so that nobody takes that for a success. Text from
 * logs is escaped as in a page, so the document is well-formed XML 1.0 whatever they hold.
 */
export function reportJunit(report: Report): string {
  const { model, window, status, rows, findings, run } = report;
  const why = whyNotJudged(report);
  const errors = why === undefined ? 0 : 1;
  const signals = signalsOf(report);
  const of = (verdict: Signal['verdict']) => signals.filter((signal) => signal.verdict === verdict).length;
  const seconds = (run.durationMs / 1000).toFixed(3);
  const driftScore = isJudged(status) ? report.driftScore : '–';
  const tests = signals.length + errors;
  const properties = Object.entries({ status, driftScore, rows, 'window.from': window.from, 'window.to': window.to });
  const suite = `${model.name} ${model.version}`;
  return `<?xml version="1.0" encoding="UTF-8"?>
${xml`<testsuites name="drift-monitor" tests="${tests}" failures="${of('drift')}" errors="${errors}" skipped="${of('insufficient-data')}" time="${seconds}">
<testsuite name="${suite}" tests="${tests}" failures="${of('drift')}" errors="${errors}" skipped="${of('insufficient-data')}" time="${seconds}" timestamp="${run.startedAt}">
<properties>
${properties.map(([name, value]) => xml`<property name="${name}" value="${value}"/>\n`)}</properties>
${why && xml`<testcase classname="${model.name}.${model.version}" name="window" time="0"><error type="${status}" message="${why}"/></testcase>\n`}${signals.map(
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
