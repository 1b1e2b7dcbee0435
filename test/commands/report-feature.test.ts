import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Io } from '../../src/commands/io.ts';
import type { EmbeddingEntry } from '../../src/commands/report-embedding.ts';
import { featureDetails, featureOf } from '../../src/commands/report-feature.ts';
import { UsageError } from '../../src/errors.ts';
import { aFeature, aReport } from '../report/a-report.ts';

const io: Io = { stdout: new PassThrough(), stderr: new PassThrough(), env: {}, cwd: '/', now: () => 0 };
const report = aReport('2025-12-24T12:00:00Z', {
  features: [aFeature('plan', 'drift'), aFeature('\u001b[31mred', 'none')],
});

const histogram = { edges: [0, 1], baseline: [1], window: [1] };
const judged = {
  psi: { value: 0.4, lower: 0.3, upper: 0.5 },
  ks: { statistic: 0.3, pValue: 1e-9, adjustedPValue: 1e-8, lower: 0.2, upper: 0.4 },
};
const measured = { ...judged, histogram };
const embedding: EmbeddingEntry = {
  name: 'text',
  verdict: 'drift',
  reasons: ['component 2: PSI 0.4 (drift from 0.2)'],
  rows: { baseline: 500, window: 600 },
  dimension: 8,
  measures: {
    centroidCosineDistance: 0.1,
    adjustedPValue: 1e-8,
    cosineToCentroid: measured,
    norm: null,
    residual: measured,
  },
  shift: { inSpreads: 0.5, outside: 0.1, explainedVariance: 0.8 },
  components: [1, 2].map((component) => ({
    component,
    explainedVariance: 0.3,
    moved: component === 2,
    shareOfShift: component === 2 ? 0.9 : 0,
    ...judged,
    kullbackLeibler: 0.2,
    jensenShannon: 0.1,
  })),
  statistics: [{ name: 'frechetDistance', value: 2, nullQuantile: 0.5, pValue: 0.005, effect: 0.25 }],
  examples: {
    rows: 100,
    leastAlike: [{ name: 'buy \u001b[31m now', distance: 3.5 }],
    mostAlike: [{ name: 'hello', distance: 0.5 }],
  },
};

test('every measure of a feature is shown with what it is, and nothing that a terminal would obey', () => {
  const text = featureDetails(io, featureOf(report, 'plan'));
  expect(text).toMatch(/^plan \(categorical\): drift\n {2}PSI 0\.3 \(drift from 0\.2\)$/m);
  expect(text).toMatch(/^psi +0\.3 +population stability index, 95 % interval 0\.2 – 0\.4$/m);
  expect(text).toMatch(/^kullbackLeibler +0\.1 +divergence of the window from the training data, in nats/m);
  expect(featureDetails(io, featureOf(report, '\u001b[31mred'))).not.toContain('\u001b');
});

test('a name that the report does not have is a mistake of the command line, with a near one', () => {
  expect(() => featureOf(report, 'plann')).toThrow(UsageError);
  expect(() => featureOf(report, 'plann')).toThrow(/--feature plann: .*did you mean plan\?/);
});

test('an embedding is shown with what moved, measures as a whole and examples, and nothing that a terminal would obey', () => {
  const text = featureDetails(io, featureOf({ ...report, embeddings: [embedding] }, 'text'));
  expect(text).toMatch(/^text \(embedding, 8 dimensions\): drift$/m);
  expect(text).toMatch(/^1 of 2 components moved:\n.*\n2 +30\.0 % +90\.0 % +0\.4 +0\.3 +0\.2 +0\.1 +p < 0\.0001$/m);
  expect(text).toMatch(/^frechetDistance +2 +0\.5 +p = 0\.005 +0\.25 +squared Fréchet distance/m);
  expect(text).toMatch(/^least +3\.5 +buy \\u\{1b\}\[31m now$/m);
  expect(text).not.toContain('\u001b');
});

test('an embedding of a report made before there were components is shown as far as it goes', () => {
  const { components: _, statistics: __, examples: ___, shift: ____, ...old } = embedding;
  const { residual: _____, ...measures } = old.measures;
  const text = featureDetails(io, featureOf({ ...report, embeddings: [{ ...old, measures }] }, 'text'));
  expect(text).toMatch(/^cosine to the centroid +0\.4/m);
  expect(text).not.toMatch(/components|undefined/);
});
