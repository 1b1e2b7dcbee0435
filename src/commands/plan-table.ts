import type { PlannedWindow } from '../profile/read-windows.ts';
import { type Io, print, printJson } from './io.ts';
import { table } from './table.ts';

const ACTION = { keep: 'kept', extend: 'new files', recompute: 'to count' } as const;

/** What a run would do, hour by hour. */
export async function printPlan(io: Io, planned: readonly PlannedWindow[], json: boolean): Promise<void> {
  const plans = planned.map(({ window: { model, baselineId }, hours }) => ({
    model,
    baselineId,
    hours: hours.map(({ plan: { hour, action, files, bytes, read } }) => ({
      hour: new Date(hour).toISOString(),
      action,
      files,
      bytes,
      read: read.map(({ object }) => object.key),
      bytesAtMost: sizeOf(read),
    })),
  }));
  if (json) await printJson(io, plans);
  else for (const plan of plans) await print(io, describe(io, plan));
}

function sizeOf(files: PlannedWindow['hours'][number]['plan']['read']): number {
  return files.reduce((sum, { object }) => sum + object.size, 0);
}

type Plan = {
  readonly model: { readonly name: string; readonly version: string };
  readonly baselineId: string;
  readonly hours: readonly {
    readonly hour: string;
    readonly action: keyof typeof ACTION;
    readonly files: number;
    readonly bytes: number;
    readonly read: readonly string[];
    readonly bytesAtMost: number;
  }[];
};

function describe(io: Io, { model, baselineId, hours }: Plan): string {
  const rows = hours.map(({ hour, action, files, bytes, read, bytesAtMost }) => [
    `${hour.slice(0, 13)}h`,
    files === 0 && action === 'keep' ? 'no logs' : ACTION[action],
    String(files),
    kib(bytes),
    String(read.length),
    kib(bytesAtMost),
  ]);
  const total = (of: (hour: Plan['hours'][number]) => number) => hours.reduce((sum, hour) => sum + of(hour), 0);
  return [
    `Plan for ${model.name} ${model.version}, baseline ${baselineId}`,
    '',
    table(io, ['Hour', 'Profile', 'Files', 'Size', 'To read', 'At most'], rows),
    '',
    `${total(({ read }) => read.length)} of ${total(({ files }) => files)} files to read, at most ${kib(total(({ bytesAtMost }) => bytesAtMost))}; only the columns of the baseline are fetched`,
  ].join('\n');
}

function kib(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
