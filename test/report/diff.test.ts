import { expect, test } from 'vitest';
import { diffReports } from '../../src/report/diff.ts';
import { changed, diffFacts, diffMarkdown, diffSentence } from '../../src/report/diff-words.ts';
import type { Report } from '../../src/report/schema.ts';
import { aFeature, aReport } from './a-report.ts';

type Verdict = Report['features'][number]['verdict'];

function report(verdicts: Readonly<Record<string, Verdict>>, changes: Partial<Report> = {}): Report {
  const features = Object.entries(verdicts).map(([name, verdict]) => aFeature(name, verdict));
  return aReport('2025-12-24T12:00:00Z', { features, ...changes });
}

test('what newly drifted comes first, then what got worse, stayed, recovered; what is as before is left out', () => {
  const before = report({
    same: 'none',
    better: 'minor',
    back: 'drift',
    still: 'drift',
    worse: 'none',
    bad: 'none',
    few: 'drift',
    gone: 'none',
  });
  const after = report({
    same: 'none',
    better: 'none',
    back: 'none',
    still: 'drift',
    worse: 'minor',
    bad: 'drift',
    few: 'insufficient-data',
    fresh: 'none',
  });
  const diff = diffReports(before, after);
  expect(changed(diff).map(({ name, change }) => [name, change])).toEqual([
    ['bad', 'drifted'],
    ['worse', 'graver'],
    ['still', 'still-drift'],
    ['back', 'recovered'],
    ['better', 'milder'],
    ['few', 'not-judged'],
    ['fresh', 'added'],
    ['gone', 'removed'],
  ]);
  expect(diffSentence(diff)).toBe(
    '1 newly drifted, 1 graver, 1 still drift, 1 recovered, 1 milder, 1 no longer judged, 1 new, 1 gone.',
  );
  expect(diffSentence(diffReports(before, before))).toBe('3 still drift.');
});

test('a finding is the same one with another number of rows', () => {
  const nan = (message: string) => ({ code: 'nan-values' as const, column: 'age', message });
  const before = report({}, { findings: [nan('1 value is NaN')] });
  const after = report(
    {},
    { findings: [nan('2 values are NaN'), { code: 'new-column', column: 'x', message: 'new' }] },
  );
  expect(diffReports(before, after).findings).toMatchObject({ added: [{ code: 'new-column' }], gone: [] });
  expect(diffReports(after, before).findings).toMatchObject({ added: [], gone: [{ code: 'new-column' }] });
});

test('it says why numbers may not be comparable', () => {
  const other = report({}, { baseline: { id: 'f'.repeat(16), rows: 5 }, model: { name: 'churn', version: 'v2' } });
  expect(diffReports(report({}), other).notes).toEqual([expect.stringContaining('the baselines are different ones')]);
  expect(diffReports(report({}), report({})).notes).toEqual([]);
});

test('the wrong order is mentioned, and so is nothing else', () => {
  const later = aReport('2025-12-24T13:00:00Z');
  expect(diffReports(later, report({})).notes).toEqual(['the second report is of an earlier window than the first']);
  expect(diffReports(report({}), later).notes).toEqual([]);
});

test('a model that a forged file names does nothing to a terminal or a comment', () => {
  const forged = report({}, { model: { name: '\u001b[31m<b>', version: '@team' } });
  const diff = diffReports(forged, forged);
  expect(diffFacts(diff)[0]).toEqual(['Model', '\\u{1b}[31m<b> @team']);
  expect(diffMarkdown(diff)).toContain('Model: &#92;u&#123;1b&#125;&#91;31m&#60;b&#62; &#64;&#8203;team');
});

test('as Markdown', () => {
  const before = report({ age: 'none' }, { driftScore: 0 });
  const after = report({ age: 'drift' }, { driftScore: 0.25, status: 'drift' });
  expect(diffMarkdown(diffReports(before, after))).toBe(`### Drift: 1 newly drifted.

Model: churn v1  
Window: 2025-12-24 11:00 – 2025-12-24 12:00 → 2025-12-24 11:00 – 2025-12-24 12:00  
Status: No drift → Drift  
Drift score: 0.0 % → 25.0 %  
Rows: 112 → 112

| Change | Kind | Name | Verdict | PSI | Distance |
| --- | --- | --- | --- | --- | --- |
| newly drifted | feature | \`age\` | unremarkable → drift | 0.3 → 0.3 | 0.3 → 0.3 |`);
});
