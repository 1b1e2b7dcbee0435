import { expect, test } from 'vitest';
import { renderReport } from '../../../src/report/html/render.ts';
import { aFeature, aReport } from '../a-report.ts';

test('what changed is told by values, not by limits, p-values and what the figures say anyway', () => {
  const reasons = [
    'component 2: PSI 0.267 (drift from 0.2)',
    'and 1 more of its 34 measurements',
    'the centroid moved by 0.132 of the spread',
    'p < 0.0001 after adjustment over all signals',
    'its own thresholds: PSI 0.2, distance 0.3',
  ];
  const feature = { ...aFeature('body', 'drift'), reasons };
  const page = renderReport(aReport('2025-12-24T12:00:00Z', { status: 'drift', features: [feature] }));
  const [row = ''] = /<tr><th scope="row"><a href="#signal-1">.*?<\/tr>/s.exec(page) ?? [];
  expect(row).toContain('<td class="hide-small">the centroid moved by 0.132 of the spread</td>');
});
