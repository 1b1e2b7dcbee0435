import type { WindowFacts } from '../alerting/rules.ts';
import { serviceFigures } from '../alerting/service-figures.ts';
import type { Baseline } from '../baseline/baseline.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import type { RecordColumns } from '../config/record-columns.ts';
import type { WindowProfile } from '../profile/read-windows.ts';

export interface WindowFactsInput {
  readonly baseline: Baseline;
  readonly read: WindowProfile;
  readonly record: RecordColumns;
  readonly alerts: AlertSettings;
}

/** What a window holds beside the verdicts, as far as alerts ask for it. */
export function windowFacts({ baseline, read, record, alerts }: WindowFactsInput): WindowFacts {
  const { rows, columns } = read.profile;
  // Those of the log record stand behind the baseline's.
  const own = columns.slice(baseline.columns.length);
  const status = own.find((column) => column.type === 'categorical' && column.spec.name === record.status);
  const latency = own.find((column) => column.type === 'numeric' && column.spec.name === record.latency);
  const label = own.find((column) => column.type === 'presence' && column.spec.name === record.label);
  return {
    labelledRows: label?.type === 'presence' ? label.present : 0,
    rows,
    files: read.filesWithRows,
    absent: new Map(
      baseline.columns.map(({ spec: { name } }) => [name, read.filesWithRows - (read.seen.get(name)?.files ?? 0)]),
    ),
    service: serviceFigures(
      status?.type === 'categorical' ? status : undefined,
      latency?.type === 'numeric' ? latency : undefined,
      alerts.okStatuses,
    ),
  };
}
