import { minimalStandard, readCases } from './reference.ts';

interface SampleCase {
  readonly shape: string;
  readonly seed: number;
  readonly n: number;
  readonly m: number;
  readonly scale: number;
  readonly shift: number;
  readonly ks: number;
  readonly exactPValue: number | null;
  readonly wasserstein: number;
  readonly welch: number | null;
}

/** As in make_references.py; only operations that IEEE 754 rounds in one way, so both make the same bits. */
const SHAPES = new Map<string, (u: number) => number>([
  ['uniform', (u) => u],
  ['skewed', (u) => u * u * u],
  ['heavy-tailed', (u) => (u - 0.5) / (u * (1 - u))],
  ['integer', (u) => Math.floor(u * 20)],
  ['half zero', (u) => (u < 0.5 ? 0 : u)],
]);

/** Pairs of raw samples, made again from their seeds, with SciPy's values for them. */
export function makeSamples(): (SampleCase & { name: string; x: Float64Array; y: Float64Array })[] {
  return readCases<SampleCase[]>('samples').map((sample) => {
    const shape = SHAPES.get(sample.shape)!;
    const first = minimalStandard(sample.seed);
    const second = minimalStandard(sample.seed + 1009);
    return {
      ...sample,
      name: `${sample.shape}, ${sample.n} and ${sample.m} rows`,
      x: Float64Array.from({ length: sample.n }, () => shape(first())),
      y: Float64Array.from({ length: sample.m }, () => shape(second()) * sample.scale + sample.shift),
    };
  });
}
