import { type Notification, type ToldAlert, toldAlert } from '../../src/alerting/notification.ts';

export function aToldAlert(changes: Partial<ToldAlert> = {}): ToldAlert {
  return toldAlert({
    id: 'a'.repeat(16),
    rule: 'signal-drift',
    signal: 'age',
    severity: 'WARNING',
    title: 'feature age drifted',
    reasons: ['PSI 0.3 (drift from 0.2)', 'the mean went from 40 to 55'],
    change: 'opened',
    previousSeverity: null,
    dedupKey: `${'a'.repeat(16)}-1`,
    since: '2025-12-24T10:00:00.000Z',
    openedAt: '2025-12-24T12:00:00.000Z',
    evidence: {
      rows: { baseline: 1000, window: 500 },
      psi: 0.3,
      distance: 0.25,
      moved: [{ what: '40 – 50', baseline: 0.1, window: 0.4 }],
    },
    ...changes,
  });
}

export function aNotification(
  alerts: readonly ToldAlert[] = [aToldAlert()],
  changes: Partial<Notification> = {},
): Notification {
  const open = { CRITICAL: 0, WARNING: 0, INFO: 0 };
  for (const { change, severity } of alerts) if (change !== 'resolved') open[severity] += 1;
  return {
    id: '0123456789abcdef01234567',
    model: { name: 'churn', version: 'v1' },
    window: { from: '2025-12-23T12:00:00.000Z', to: '2025-12-24T12:00:00.000Z' },
    status: 'drift',
    driftScore: 0.31,
    rows: 500,
    report: 'drift-reports/churn/v1/year=2025/month=12/day=24/hour=11/report.json',
    command: 'drift-monitor report show --model-name churn --model-version v1 --at 2025-12-24T11:00:00Z --details',
    alerts: [...alerts],
    open,
    sample: false,
    ...changes,
  };
}

const HOSTILE = [
  '<!channel>',
  '*bold*',
  '<script>alert(1)</script>',
  '\u001b[31m',
  '[link](http://evil)',
  '{{id}}',
  '"\\',
];

/** 500 features with long and hostile names, all of which have drifted. */
export function fiveHundred(): Notification {
  const alerts = Array.from({ length: 500 }, (_, index) => {
    const signal = `${HOSTILE[index % HOSTILE.length]} ${'é'.repeat(300)} ${index}`;
    return aToldAlert({
      id: index.toString(16).padStart(16, '0'),
      dedupKey: `${index.toString(16).padStart(16, '0')}-1`,
      signal,
      severity: index < 20 ? 'CRITICAL' : 'WARNING',
      title: `feature ${signal} drifted`,
      reasons: Array.from({ length: 10 }, () => `'${signal}' ${'went up '.repeat(100)}`),
    });
  });
  return aNotification(alerts);
}
