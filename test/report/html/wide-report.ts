import { EMBEDDING_MEASURES, type EmbeddingMeasureName } from '../../../src/drift/measure-names.ts';
import type { Report } from '../../../src/report/schema.ts';
import { uniform } from '../../../src/statistics/random.ts';
import { aReport } from '../a-report.ts';

type Feature = Report['features'][number];
type Verdict = Feature['verdict'];

export interface WideReport {
  readonly features: number;
  /** Of them. */
  readonly drifted: number;
  readonly minor: number;
  readonly seed?: number;
  /** Every name, value and sentence that a log or a person can put into a report. */
  readonly text?: (what: string) => string;
}

const VERDICT_WORDS = { drift: 'drift from 0.2', minor: 'minor from 0.1' } as const;

/** A report as wide logs give, with numbers as long as computed ones are. */
export function aWideReport({ features, drifted, minor, seed = 1, text = (what) => what }: WideReport): Report {
  const random = uniform(seed);
  const verdictOf = (index: number): Verdict => {
    if (index < drifted) return 'drift';
    return index < drifted + minor ? 'minor' : 'none';
  };
  const interval = (verdict: Verdict) => {
    const value = { drift: 0.2, minor: 0.1, none: 0, 'insufficient-data': 0 }[verdict] + random() * 0.09;
    return { value, lower: value * 0.9, upper: value * 1.1 };
  };
  const counts = (rows: number, bins: number) =>
    Array.from({ length: bins }, () => Math.floor((rows * random() * 2) / bins));
  const rows = { baseline: 20_000, window: 3_609 };
  const common = (name: string, verdict: Verdict) => ({
    name: text(name),
    verdict,
    reasons:
      verdict === 'drift' || verdict === 'minor'
        ? [
            `PSI 0.326 (${VERDICT_WORDS[verdict]})`,
            `Kolmogorov-Smirnov distance 0.165 (${VERDICT_WORDS[verdict]})`,
            `'${text('gold')}': 29.0 % → 12.5 %`,
            'p < 0.0001 after adjustment over all signals',
          ]
        : ['no evidence of a change: PSI 0.0121, Kolmogorov-Smirnov distance 0.0143, p = 0.82 after adjustment'],
    rows,
  });
  const test = () => ({ statistic: random(), pValue: random() * 1e-5, adjustedPValue: random() * 1e-3 });
  const moments = () => ({
    mean: random() * 100,
    standardDeviation: random() * 10,
    min: -random(),
    max: 1e3 * random(),
  });
  const shares = () => ({
    jensenShannonDistance: random(),
    jensenShannonDivergence: random(),
    kullbackLeibler: random(),
    hellinger: random(),
    totalVariation: random(),
    lInfinity: random(),
  });
  const histogram = () => {
    let edge = -3 * random();
    const edges = Array.from({ length: 22 }, () => {
      edge += 0.3 + 0.03 * random();
      return edge;
    });
    return { edges: [...edges, edge + 40 * random()], baseline: counts(20_000, 22), window: counts(3_609, 22) };
  };
  const numeric = (name: string, verdict: Verdict): Feature => {
    const { value, lower, upper } = interval(verdict);
    return {
      ...common(name, verdict),
      type: 'numeric',
      psi: interval(verdict),
      ks: { ...test(), statistic: value, lower, upper },
      chiSquare: test(),
      measures: {
        ...shares(),
        wasserstein: random(),
        wassersteinInDeviations: random(),
        andersonDarling: random(),
        andersonDarlingPValue: random(),
        cramerVonMises: random(),
        cramerVonMisesPValue: random(),
        meanShift: random(),
        varianceShift: random(),
      },
      missing: { baseline: random() * 0.01, window: random() * 0.1 },
      baseline: moments(),
      window: moments(),
      histogram: histogram(),
    };
  };
  const categorical = (name: string, verdict: Verdict): Feature => ({
    ...common(name, verdict),
    type: 'categorical',
    psi: interval(verdict),
    chiSquare: test(),
    shareChange: interval(verdict),
    measures: shares(),
    missing: { baseline: random() * 0.01, window: random() * 0.1 },
    histogram: {
      values: Array.from({ length: 20 }, (_, index) => text(`value ${index}`)),
      baseline: counts(20_000, 20),
      window: counts(3_609, 20),
      other: { baseline: 120, window: 31 },
    },
  });
  const embedded = () => ({
    psi: interval('drift'),
    ks: { ...test(), lower: 0.1, upper: 0.2 },
    histogram: histogram(),
  });
  const component = (index: number) => {
    const { histogram: own, ...measured } = embedded();
    const moved = index % 3 === 1;
    return {
      ...measured,
      component: index,
      explainedVariance: 0.3 / index,
      moved,
      shareOfShift: random(),
      kullbackLeibler: random(),
      jensenShannon: random(),
      ...(moved && { histogram: own }),
    };
  };
  const examplesOf = (what: string) =>
    Array.from({ length: 5 }, (_, index) => ({
      name: text(`${what} ${index}`),
      distance: index === 4 ? null : random(),
    }));
  const alert = (index: number): Report['alerts'][number] => ({
    id: index.toString(16).padStart(16, '0'),
    rule: 'signal-drift',
    signal: text(`feature_${index}`),
    severity: index % 2 === 0 ? 'CRITICAL' : 'WARNING',
    title: `feature ${text(`feature_${index}`)} drifted`,
    reasons: [text('reason')],
  });
  const isDrift = drifted > 0;
  const alerts = Array.from({ length: Math.min(drifted, 40) }, (_, index) => alert(index));
  const report = aReport('2025-12-25T00:00:00.000Z', {
    status: isDrift ? 'drift' : 'no-drift',
    driftDetected: isDrift,
    driftScore: isDrift ? 0.2479 : 0,
    rows: rows.window,
    features: Array.from({ length: features }, (_, index) =>
      (index % 10 === 9 ? categorical : numeric)(`feature_with_a_usual_name_${index}`, verdictOf(index)),
    ),
    outputs: [
      { ...categorical('prediction', isDrift ? 'drift' : 'none'), role: 'prediction' } as Report['outputs'][number],
    ],
    embeddings: [
      {
        ...common('body_embedding', isDrift ? 'drift' : 'none'),
        dimension: 384,
        measures: {
          centroidCosineDistance: 0.447,
          adjustedPValue: 1e-9,
          cosineToCentroid: embedded(),
          norm: embedded(),
          residual: embedded(),
        },
        shift: { inSpreads: 0.61, outside: 0.2, explainedVariance: 0.8 },
        components: Array.from({ length: 16 }, (_, index) => component(index + 1)),
        statistics: Object.keys(EMBEDDING_MEASURES).map((name) => ({
          name: name as EmbeddingMeasureName,
          value: random(),
          nullQuantile: random(),
          pValue: random(),
          effect: random(),
        })),
        examples: { rows: 512, leastAlike: examplesOf('odd'), mostAlike: examplesOf('usual') },
      },
    ],
    findings: [
      { code: 'new-column', column: text('extra'), message: `column '${text('extra')}' is not in the baseline` },
      {
        code: 'unreadable-file',
        file: text('a.parquet'),
        message: `${text('a.parquet')} was left out: ${text('broken')}`,
      },
    ],
    alerts,
    inputs: {
      files: 24,
      rows: rows.window,
      bytes: 1_677_721,
      skipped: [{ key: text('a.parquet'), cause: text('broken') }],
    },
  });
  const since = '2025-12-24T07:00:00.000Z';
  return {
    ...report,
    settings: { ...report.settings, importance: Object.fromEntries([[text('feature'), 0.5]]) },
    run: {
      ...report.run,
      alerts: [
        ...alerts.map(({ reasons: _, ...one }) => ({ ...one, state: 'open' as const, since, change: null })),
        ...(['open', 'resolved'] as const).map((state, index) => ({
          id: `${index}`.padStart(16, 'f'),
          rule: 'missing-column' as const,
          signal: text('gone'),
          title: `column ${text('gone')} is missing`,
          severity: 'WARNING' as const,
          state,
          since,
          change: null,
        })),
      ],
      deliveries: [{ sink: text('slack'), notification: 'n', status: 'failed', attempts: 3, error: text('refused') }],
      retraining: { id: 'r', cause: 'c', outcome: 'refused', job: text('job'), error: text('no') },
    },
  };
}

/** PSI of every signal and the score over a week of hours. */
export function aHistory(report: Report) {
  const to = Date.parse(report.window.to);
  const points = (last: number) =>
    Array.from({ length: 168 }, (_, index) => ({
      at: to - (167 - index) * 3_600_000,
      value: index % 40 === 3 ? null : (last * Math.max(0, index - 100)) / 67 + 0.01 * Math.abs(Math.sin(index)),
    }));
  const all = [...report.features, ...report.outputs];
  return {
    driftScore: points(report.driftScore),
    psi: new Map(all.map(({ name, psi }) => [name, points(psi.value ?? 0)])),
    since: new Map(all.map(({ name }) => [name, { hour: to - 67 * 3_600_000, mayBeLonger: false }])),
  };
}
