import { expect, test } from 'vitest';
import { renderReport } from '../../../src/report/html/render.ts';
import type { Report } from '../../../src/report/schema.ts';
import { aFeature, aReport } from '../a-report.ts';

type Verdict = Report['features'][number]['verdict'];

function page(...outputs: Verdict[]): string {
  return renderReport(
    aReport('2025-12-24T12:00:00Z', {
      status: 'drift',
      features: [aFeature('age', 'drift')],
      outputs: outputs.map((verdict, index) => ({ ...aFeature(`out ${index}`, verdict), role: 'prediction' as const })),
    }),
  );
}

test('that the answers have not moved is said only where all were judged and none moved', () => {
  expect(page('none', 'none')).toContain('No output of the model moved by an amount worth acting on');
  for (const outputs of [['none', 'minor'], ['none', 'insufficient-data'], ['insufficient-data'], []] as const) {
    expect(page(...outputs), outputs.join()).not.toContain('No output of the model moved');
  }
  expect(page('none', 'minor')).toContain('The model’s answers changed a little (<bdi>out 1</bdi>)');
  expect(page('none', 'insufficient-data')).toContain('Whether the model’s answers moved is not known for all of them');
});

test('headlines are sentences, whatever they count', () => {
  const say = (changes: Partial<Report>) =>
    /class="say">(.*)<\/h2>/.exec(renderReport(aReport('2025-12-24T12:00:00Z', changes)))?.[1];
  const one = aFeature('age', 'drift');
  expect(say({ status: 'drift', features: [one] })).toBe('The feature drifted: <bdi>age</bdi>.');
  expect(say({ features: [aFeature('age', 'none')] })).toBe(
    'No drift: the only signal did not move by an amount worth acting on.',
  );
  const many = ['a', 'b', 'c', 'd', 'e'].map((name) => aFeature(name, 'minor'));
  expect(say({ features: many })).toBe(
    'No drift: 5 of 5 features changed a little, most of all <bdi>a</bdi>, <bdi>b</bdi> and <bdi>c</bdi>; not enough to act on.',
  );
  expect(say({ features: many.slice(0, 2) })).toBe(
    'No drift: 2 of 2 features changed a little, <bdi>a</bdi> and <bdi>b</bdi>; not enough to act on.',
  );
  const empty = renderReport(
    aReport('2025-12-24T12:00:00Z', {
      status: 'no-data',
      rows: 0,
      inputs: { files: 1, rows: 0, bytes: 9, skipped: [] },
    }),
  );
  expect(empty).toContain('the 1 file in it holds none');
});
