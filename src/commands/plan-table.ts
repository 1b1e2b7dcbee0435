import type { PlannedWindow } from '../profile/read-windows.ts';
import type { ShardTask } from '../profile/shards/shard-plan.ts';
import { type Io, print, printJson } from './io.ts';
import { table } from './table.ts';

const ACTION = { keep: 'kept', extend: 'new files', recompute: 'to count' } as const;

/** What a run would do, hour by hour. */
export async function printPlan(
  io: Io,
  planned: readonly PlannedWindow[],
  shards: readonly ShardTask[],
  json: boolean,
): Promise<void> {
  const plans = planned.map(({ window: { model, baselineId }, hours }, set) => ({
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
    shards: shardsOf(shards, set),
  }));
  if (json) await printJson(io, plans);
  else for (const plan of plans) await print(io, describe(io, plan));
}

/** What shards read for one model. A shard that reads for several is told with each of them. */
function shardsOf(shards: readonly ShardTask[], set: number): Shard[] {
  return shards.flatMap(({ bytes, items }, index) => {
    const files = items.flatMap(({ file, sets, piece }) => {
      const position = sets.indexOf(set);
      if (position < 0) return [];
      const key = file.object.key;
      if (piece === undefined) return [{ key }];
      const [from, to] = piece.rowGroups;
      return [{ key, rowGroups: { from, to }, columns: piece.columns[position]?.length ?? 0 }];
    });
    return files.length === 0 ? [] : [{ index, bytes, files }];
  });
}

interface Shard {
  readonly index: number;
  /** That it reads at most, for all models. */
  readonly bytes: number;
  readonly files: readonly {
    readonly key: string;
    /** `[from, to)`; absent where the whole file is meant. */
    readonly rowGroups?: { readonly from: number; readonly to: number };
    /** How many of the model's. */
    readonly columns?: number;
  }[];
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
  readonly shards: readonly Shard[];
};

function describe(io: Io, { model, baselineId, hours, shards }: Plan): string {
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
    ...(shards.length === 0 ? [] : ['', shardTable(io, shards)]),
  ].join('\n');
}

function shardTable(io: Io, shards: readonly Shard[]): string {
  const rows = shards.map(({ index, bytes, files }) => {
    const [first] = files;
    return [
      String(index),
      kib(bytes),
      String(files.length),
      first === undefined ? '' : pieceInWords(first),
      first?.key ?? '',
    ];
  });
  const heading =
    shards.length === 1
      ? '1 shard, read by a pod of its own'
      : `${shards.length} shards, each read by a pod of its own`;
  return [heading, '', table(io, ['Shard', 'At most', 'Files', 'Of the first', 'First file'], rows, 200)].join('\n');
}

function pieceInWords({ rowGroups, columns }: Shard['files'][number]): string {
  if (rowGroups === undefined) return 'everything';
  return `row groups ${rowGroups.from} to ${rowGroups.to - 1}, ${columns} columns`;
}

function kib(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
