import { expect, test } from 'vitest';
import { diffReports } from '../../src/report/diff.ts';
import { diffFacts, diffMarkdown } from '../../src/report/diff-words.ts';
import { renderReport } from '../../src/report/html/render.ts';
import { reportJunit } from '../../src/report/junit.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { scoreOf, whyNotJudged } from '../../src/report/words.ts';
import { aFeature, aReport } from './a-report.ts';

const NOON = '2025-12-24T12:00:00Z';
const few = aReport(NOON, { status: 'insufficient-data', rows: 1, features: [aFeature('age', 'insufficient-data')] });
const none = aReport(NOON, { status: 'no-data', rows: 0 });

test.each([
  [none, 'Nothing was judged: the window has no rows of churn v1.'],
  [few, 'Nothing was judged: the window has 1 row; at least 100 are needed (minSamples).'],
  [{ ...few, rows: 5_000 }, expect.stringMatching(/there are rows enough, but of no signal .* at least 100/)],
])('a report without a verdict has no score, and says why, wherever it is shown', (report, why) => {
  expect(whyNotJudged(report)).toEqual(why);
  const text = String(whyNotJudged(report));
  expect(scoreOf(report)).toBe('–');
  expect(reportMarkdown(report)).toContain(`Drift score **–**`);
  expect(reportMarkdown(report)).toContain(text);
  expect(renderReport(report)).toContain(text);
  expect(reportJunit(report)).toContain('<property name="driftScore" value="–"/>');
  expect(diffFacts(diffReports(report, report))).toContainEqual(['Drift score', '– → –']);
});

test('a verdict is called the same everywhere', () => {
  const report = { ...few, features: [aFeature('a', 'none'), aFeature('b', 'insufficient-data')] };
  const other = { ...few, features: [aFeature('a', 'insufficient-data'), aFeature('b', 'none')] };
  const diff = diffMarkdown(diffReports(report, other));
  expect(diff).toContain('| no longer judged | feature | `a` | unremarkable → too few rows |');
  expect(diff).toContain('| now judged | feature | `b` | too few rows → unremarkable |');
  for (const word of ['✓ unremarkable', '? too few rows']) expect(renderReport(report)).toContain(word);
});
