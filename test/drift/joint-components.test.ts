import { describe, expect, it } from 'vitest';
import { jointComponents } from '../../src/drift/joint-components.ts';
import { judge } from '../../src/drift/judge.ts';
import type { EmbeddingMeasurement, EmbeddingPart } from '../../src/drift/measure-embedding.ts';
import { reasonsFor } from '../../src/drift/reasons.ts';
import { normalOf, uniform } from '../../src/statistics/random.ts';
import { baselineOf, judgementOf, windowOf } from './in-memory.ts';

const random = uniform(11);
const z = normalOf(random);

/** Vectors of 12 coordinates with spreads of their own, each of them moved by so many of its standard deviations. */
function vectors(rows: number, shift: number): number[][] {
  return Array.from({ length: rows }, () => Array.from({ length: 12 }, (_, at) => (12 - at) * (z() + shift)));
}

function signalOf(shift: number, rows = 2000) {
  const baseline = baselineOf({ e: { vectors: vectors(4000, 0) } });
  const [signal] = judge(baseline, windowOf(baseline, { e: { vectors: vectors(rows, shift) } }), judgementOf()).signals;
  if (signal?.type !== 'embedding') throw new Error('no embedding');
  return signal;
}

/** The components alone: what else is measured would see so large a change as well. */
function joint(signal: ReturnType<typeof signalOf>) {
  const isComponent = (part: EmbeddingPart) => part.of === 'component';
  const measured: EmbeddingMeasurement = { ...signal.measured, parts: signal.measured.parts.filter(isComponent) };
  return jointComponents(measured, signal.adjustedPValue, judgementOf());
}

describe('components of an embedding that move together', () => {
  it('have the stability index of independent coordinates: the sum of theirs', () => {
    // Each coordinate moved by 0.4 σ has PSI 0.154.
    const found = joint(signalOf(0.4));
    expect(found?.components.length).toBeGreaterThan(5);
    expect(found?.psi).toBeGreaterThan(1);
    expect(found?.psi).toBeLessThan(2.2);
  });

  it('are a drift that none of them is, and the reasons say so', () => {
    const signal = signalOf(0.4);
    expect(signal.verdict).toBe('drift');
    expect(reasonsFor(signal, judgementOf())[0]).toMatch(
      /^\d+ components together: PSI [12]\.\d+ \(drift from 0\.2\)$/,
    );
  });

  it('are none without drift, nor where each has moved by next to nothing: in a mixture many small ones are one', () => {
    expect(joint(signalOf(0))).toBeUndefined();
    expect(joint(signalOf(0.1))).toBeUndefined();
  });

  it('are not what missing vectors add to each of them', () => {
    const baseline = baselineOf({ e: { vectors: vectors(4000, 0) } });
    const some = vectors(2000, 0).map((vector, row) => (row % 40 === 0 ? null : vector));
    const [signal] = judge(baseline, windowOf(baseline, { e: { vectors: some } }), judgementOf()).signals;
    if (signal?.type !== 'embedding') throw new Error('no embedding');
    expect(joint(signal)).toBeUndefined();
    expect(signal.verdict).not.toBe('drift');
  });
});
