import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Io } from '../../src/commands/io.ts';
import { featureDetails, featureOf } from '../../src/commands/report-feature.ts';
import { UsageError } from '../../src/errors.ts';
import { aFeature, aReport } from '../report/a-report.ts';

const io: Io = { stdout: new PassThrough(), stderr: new PassThrough(), env: {}, cwd: '/', now: () => 0 };
const report = aReport('2025-12-24T12:00:00Z', {
  features: [aFeature('plan', 'drift'), aFeature('\u001b[31mred', 'none')],
});

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

test('an embedding is not denied', () => {
  const withEmbedding = { ...report, embeddings: [{ name: 'text' }] as unknown as typeof report.embeddings };
  expect(() => featureOf(withEmbedding, 'text')).toThrow(/--feature text: it is an embedding/);
});
