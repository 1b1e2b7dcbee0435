import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { Hour } from '../../storage/hour.ts';
import { getIfThere } from '../../storage/json-document.ts';
import { indexOfShardPartKey, shardPartKey, shardPartsPrefix } from '../../storage/layout.ts';
import { ConflictError, ObjectNotFoundError, type ObjectStore } from '../../storage/object-store.ts';
import { storedCountsSchema } from '../hour-store.ts';
import { columnProfileSchema } from '../stored-profile.ts';
import { assertNotOver, RunIsOverError, type ShardPlan } from './shard-plan.ts';

/**
 * What a shard has counted. Stored as gzipped lines of JSON, the first one a head. Results stay JSON until their hour is merged:
 * all hours of a part together may be large.
 */
export interface Part {
  /** Of the logs. */
  readonly bytesFetched: number;
  readonly results: readonly HourResult[];
}

/** One of the results of an hour, as JSON. */
export interface HourResult {
  readonly hour: Hour;
  readonly json: string;
}

export function encodeResult(hour: Hour, result: PartResult): HourResult {
  return { hour, json: JSON.stringify(result) };
}

/** Throws where it is none. */
export function decodeResult({ json }: HourResult): PartResult {
  return resultSchema.parse(JSON.parse(json));
}

const position = z.int().min(0);
const skipped = z.array(z.object({ key: z.string(), cause: z.string() }));

const resultSchema = z.discriminatedUnion('type', [
  /** What one set counted in the whole files of one hour. */
  z.object({ type: z.literal('hour'), set: position, counts: storedCountsSchema, transient: skipped }),
  /** What one set counted in a piece of a file, in which nothing was damaged. `item`: its position in the task. */
  z.object({
    type: z.literal('piece'),
    item: position,
    set: position,
    rows: position,
    seen: z.array(z.object({ name: z.string(), kind: sourceKind(), type: z.string() })),
    columns: z.array(columnProfileSchema),
  }),
  /**
   * What one set counted in the whole of a file of which only a piece was asked for, as something in the piece was damaged:
   * what is said of such a file must not depend on where it was cut.
   */
  z.object({
    type: z.literal('file'),
    item: position,
    set: position,
    counts: storedCountsSchema,
    transient: skipped,
  }),
]);
export type PartResult = z.infer<typeof resultSchema>;

function sourceKind() {
  return storedCountsSchema.shape.seen.element.shape.kinds.element;
}

const FORMAT = 1;
const headSchema = z.object({
  format: z.literal(FORMAT),
  runId: z.string(),
  index: position,
  bytesFetched: position,
  /** Of the lines that follow. */
  hours: z.array(z.int()),
});

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Of two processes that have counted the same shard one is first; both have counted the same. Rejects with `RunIsOverError`
 * where nobody waits for it any more, and leaves nothing then.
 */
export async function savePart(store: ObjectStore, plan: ShardPlan, index: number, part: Part): Promise<void> {
  const { runId } = plan;
  const { bytesFetched, results } = part;
  const hours = results.map(({ hour }) => hour);
  const head: z.infer<typeof headSchema> = { format: FORMAT, runId, index, bytesFetched, hours };
  const text = [JSON.stringify(head), ...results.map(({ json }) => json)].join('\n');
  try {
    await store.put(shardPartKey(runId, index), await compress(text), { ifNoneMatch: '*' });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
  try {
    await assertNotOver(store, plan);
  } catch (error) {
    // Who has removed the others cannot know of this one.
    if (error instanceof RunIsOverError) await store.delete(shardPartKey(runId, index));
    throw error;
  }
}

/** The shards of a run that are done. */
export async function finishedShards(store: ObjectStore, { runId }: ShardPlan): Promise<Set<number>> {
  const finished = new Set<number>();
  for await (const { key } of store.list(shardPartsPrefix(runId))) {
    const index = indexOfShardPartKey(key);
    if (index !== undefined) finished.add(index);
  }
  return finished;
}

export async function isFinished(store: ObjectStore, { runId }: ShardPlan, index: number): Promise<boolean> {
  try {
    await store.getRange(shardPartKey(runId, index), 0, 1);
    return true;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return false;
    throw error;
  }
}

/** A shard's part as it is stored; undefined where there is none. */
export async function fetchPart(
  store: ObjectStore,
  { runId }: ShardPlan,
  index: number,
): Promise<Uint8Array | undefined> {
  return (await getIfThere(store, shardPartKey(runId, index)))?.bytes;
}

/** Undefined where the bytes are something else than the part of this shard. */
export async function decodePart(bytes: Uint8Array, { runId }: ShardPlan, index: number): Promise<Part | undefined> {
  try {
    const [head = '', ...lines] = (await decompress(bytes)).toString('utf8').split('\n');
    const { bytesFetched, hours, ...id } = headSchema.parse(JSON.parse(head));
    const results = lines.map((json, line): HourResult => ({ hour: hours[line] ?? 0, json }));
    return id.runId === runId && id.index === index ? { bytesFetched, results } : undefined;
  } catch {
    return undefined;
  }
}
