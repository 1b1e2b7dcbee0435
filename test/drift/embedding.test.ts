import { describe, expect, it } from 'vitest';
import { judge } from '../../src/drift/judge.ts';
import { normalOf, uniform } from '../../src/statistics/random.ts';
import { baselineOf, judgementOf, windowOf } from './in-memory.ts';

const random = uniform(5);
const z = normalOf(random);

type Draw = () => number[];

/** Verdicts on windows of vectors of the same kind as the baseline's, and on one of another. */
function verdicts(rows: number, draw: Draw, other: Draw = draw, windowRows = 600) {
  const many = (count: number, of: Draw) => ({ e: { vectors: Array.from({ length: count }, of) } });
  const baseline = baselineOf(many(rows, draw));
  return judge(baseline, windowOf(baseline, many(windowRows, other)), judgementOf()).signals[0]?.verdict;
}

const isotropic =
  (dimension: number): Draw =>
  () =>
    Array.from({ length: dimension }, z);

describe('an embedding of odd vectors', () => {
  it('does not alarm without drift, and does with it', () => {
    const constant = [1, 2, 3];
    const kinds: Record<string, [rows: number, draw: Draw, other: Draw]> = {
      'two dimensions': [2000, isotropic(2), () => [z() + 2, z()]],
      'three dimensions': [2000, isotropic(3), () => [z(), z() + 2, z()]],
      'the same vector in every row': [2000, () => constant, () => [3, 2, 1]],
      'one direction': [2000, () => constant.map((value) => value * (2 + random())), () => [3, 2, 1]],
      'a constant dimension': [2000, () => [z(), 7, z(), 0], () => [z(), 9, z(), 0]],
      'a plane in many dimensions': [
        2000,
        () => {
          const [a, b] = [z(), z()];
          return Array.from({ length: 50 }, (_, index) => a * Math.sin(index) + b * Math.cos(index));
        },
        isotropic(50),
      ],
      'few different vectors': [
        2000,
        () => Array.from({ length: 6 }, (_, index) => (index === Math.floor(random() * 3) ? 1 : 0.5)),
        () => [0, 0, 0, 0, 0, 1],
      ],
      'fewer training rows than dimensions': [260, isotropic(300), () => Array.from({ length: 300 }, () => 2 * z())],
    };
    for (const [name, [rows, draw, other]] of Object.entries(kinds)) {
      expect([name, verdicts(rows, draw)]).toEqual([name, 'none']);
      expect([name, verdicts(rows, draw, other)]).toEqual([name, 'drift']);
    }
  });

  it('has too few rows to be judged rather than components of noise', () => {
    expect(verdicts(30, isotropic(20))).toBe('insufficient-data');
    expect(verdicts(6, isotropic(20))).toBe('insufficient-data');
  });

  it('takes vectors that a log has in half precision for the same', () => {
    const direction = Array.from({ length: 8 }, z);
    const draw: Draw = () => {
      const size = 1 + random();
      return direction.map((value) => Math.fround(value * size));
    };
    expect(verdicts(2000, draw, () => draw().map(Math.f16round))).toBe('none');
  });
});

describe('an embedding that drifts', () => {
  const centres = Array.from({ length: 10 }, isotropic(60));
  const mixture: Draw = () => (centres[Math.floor(random() * 10)] ?? []).map((value) => value + z());

  it('is seen by a new cluster of one row in twenty', () => {
    const fresh = isotropic(60)();
    const window: Draw = () => (random() < 0.05 ? fresh.map((value) => 1.5 * value + z()) : mixture());
    expect(verdicts(5000, mixture, mixture, 2000)).toBe('none');
    expect(['minor', 'drift']).toContain(verdicts(5000, mixture, window, 2000));
  });

  it('is seen by a wider spread about the same centre', () => {
    const wide: Draw = () => isotropic(60)().map((value) => value * Math.sqrt(1.3));
    expect(verdicts(5000, isotropic(60), wide, 1000)).toBe('drift');
  });
});
