import { expect, test } from 'vitest';
import { codeMarkdown, reportMarkdown, textMarkdown } from '../../src/report/markdown.ts';
import { aFeature, aReport } from './a-report.ts';
import { hostileText } from './html/hostile-text.ts';
import { aWideReport } from './html/wide-report.ts';

test('a report as a comment on a pull request', () => {
  const report = aReport('2025-12-24T12:00:00Z', {
    status: 'drift',
    driftDetected: true,
    driftScore: 0.25,
    features: [aFeature('age', 'none'), aFeature('plan', 'drift')],
    findings: [{ code: 'new-column', column: 'x', message: "column 'x' (VARCHAR) is not in the baseline" }],
  });
  expect(reportMarkdown(report)).toBe(`### Drift: \`churn v1\`

1 of 2 features drifted. Drift score **25.0 %** (critical from 50.0 %), 112 rows, 2025-12-24 11:00 – 2025-12-24 12:00 UTC.

| Signal | Kind | Verdict | PSI | Distance | p, adjusted | Why |
| --- | --- | --- | --- | --- | --- | --- |
| \`plan\` | feature | **drift** | 0.3 | 0.3 | 0.0001 | PSI 0.3 (drift from 0.2) |

**Findings**

- new-column: column 'x' (VARCHAR) is not in the baseline`);
});

test('a name is code, and text from logs makes no markup, link, mention or reference', () => {
  expect(codeMarkdown('user_agent')).toBe('`user_agent`');
  expect(codeMarkdown('a|b`c')).toBe('<code>a&#124;b&#96;c</code>');
  expect(textMarkdown("'*a* <b> [x](y) snake_case: 1 %'")).toBe(
    "'&#42;a&#42; &#60;b&#62; &#91;x&#93;(y) snake_case: 1 %'",
  );
  expect(textMarkdown('@team #1 www.example.com https://example.com')).toBe(
    '&#64;&#8203;team &#35;&#8203;1 www&#8203;.example.com https&#58;//example.com',
  );
});

test('whatever the logs hold, every line of the table has its seven cells and no tag but our own', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const text = reportMarkdown(aWideReport({ features: 6, drifted: 2, minor: 2, text: hostileText(seed) }));
    const lines = text.split('\n').filter((line) => line.startsWith('|'));
    expect(lines).toHaveLength(2 + 6);
    for (const line of lines) expect(line.replaceAll(/[^|]/g, ''), line).toBe('||||||||');
    expect(text.replaceAll(/<(\/?code|br)>/g, ''), `seed ${seed}`).not.toMatch(/[<>[\]\\]|@|(?<!&)#(?=\w)|:\/\//);
  }
});
