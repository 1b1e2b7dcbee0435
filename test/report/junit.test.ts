import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { reportJunit } from '../../src/report/junit.ts';
import { aFeature, aReport } from './a-report.ts';
import { hostileText } from './html/hostile-text.ts';
import { aWideReport } from './html/wide-report.ts';

test('a test case a signal: drift fails with its reasons, too few rows skip, the rest passes', () => {
  const few = { ...aFeature('few', 'insufficient-data'), reasons: ['the window has 12 rows; at least 100 are needed'] };
  const features = [aFeature('plan', 'drift'), aFeature('nearly', 'minor'), few, aFeature('calm', 'none')];
  const junit = reportJunit(aReport('2025-12-24T12:00:00Z', { status: 'drift', driftScore: 0.25, features }));
  expect(junit).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="drift-monitor" tests="4" failures="1" errors="0" skipped="1" time="0.001">
<testsuite name="churn v1" tests="4" failures="1" errors="0" skipped="1" time="0.001" timestamp="2026-01-01T00:00:00.000Z">
<properties>
<property name="status" value="drift"/>
<property name="driftScore" value="0.25"/>
<property name="rows" value="112"/>
<property name="window.from" value="2025-12-24T11:00:00.000Z"/>
<property name="window.to" value="2025-12-24T12:00:00.000Z"/>
</properties>
<testcase classname="churn.v1.feature" name="plan" time="0"><failure type="drift" message="PSI 0.3 (drift from 0.2)">PSI 0.3 (drift from 0.2)
</failure></testcase>
<testcase classname="churn.v1.feature" name="nearly" time="0"><system-out>minor: PSI 0.3 (drift from 0.2)
</system-out></testcase>
<testcase classname="churn.v1.feature" name="few" time="0"><skipped message="the window has 12 rows; at least 100 are needed"/></testcase>
<testcase classname="churn.v1.feature" name="calm" time="0"></testcase>
<system-out></system-out>
</testsuite>
</testsuites>
`);
});

test('a window that could not be judged is an error, never a success', () => {
  const few = aReport('2025-12-24T12:00:00Z', {
    status: 'insufficient-data',
    rows: 12,
    features: [aFeature('age', 'insufficient-data')],
  });
  const junit = reportJunit(few);
  expect(junit).toContain('<testsuite name="churn v1" tests="2" failures="0" errors="1" skipped="1"');
  expect(junit).toContain(
    '<testcase classname="churn.v1" name="window" time="0"><error type="insufficient-data" message="Nothing was judged: the window has 12 rows; at least 100 are needed (minSamples)."/></testcase>',
  );
  const none = reportJunit(aReport('2025-12-24T12:00:00Z', { status: 'no-data', rows: 0 }));
  expect(none).toMatch(/<testsuites [^>]* tests="1" failures="0" errors="1" skipped="0"/);
});

test('whatever the logs hold, the document is well-formed and says it', () => {
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'testcase' });
  for (let seed = 1; seed <= 200; seed++) {
    const text = reportJunit(aWideReport({ features: 6, drifted: 2, minor: 2, text: hostileText(seed) }));
    expect(XMLValidator.validate(text), `seed ${seed}`).toBe(true);
    expect(parser.parse(text).testsuites.testsuite.testcase).toHaveLength(8);
  }
});
