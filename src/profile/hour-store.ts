import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { Hour } from '../storage/hour.ts';
import { getIfThere } from '../storage/json-document.ts';
import { hourProfileKey, type ModelId, parseHourProfileKey, profilesPrefix } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { decodeColumnProfile, encodeColumnProfile } from './codec.ts';
import type { HourIdentity, HourProfile } from './hour-profile.ts';
import type { ColumnSpec } from './profile.ts';
import { columnProfileSchema } from './stored-profile.ts';

/** A profile of another format is recomputed from its logs, never guessed at. */
const FORMAT = 1;

const count = z.int().min(0);

/** An hour profile as it stands in JSON. */
export const storedCountsSchema = z.object({
  files: z.array(
    z.object({ key: z.string(), etag: z.string(), size: count, rows: count, cause: z.string().optional() }),
  ),
  rows: count,
  columns: z.array(columnProfileSchema),
  seen: z.array(
    z.object({
      name: z.string(),
      kinds: z.array(
        z.enum(['number', 'temporal', 'boolean', 'text', 'binary', 'number-list', 'map', 'null', 'unsupported']),
      ),
      types: z.array(z.string()),
      files: count,
      repeated: count,
    }),
  ),
  unreadable: z.array(z.object({ name: z.string(), key: z.string(), cause: z.string() })),
});
export type StoredCounts = z.infer<typeof storedCountsSchema>;

const storedHourSchema = storedCountsSchema.extend({
  format: z.literal(FORMAT),
  baselineId: z.string(),
  hour: z.string(),
  reading: z.string(),
});

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface StoredHour {
  /** Undefined where what is stored is damaged, of another format, or made by reading differently. */
  readonly hour: HourProfile | undefined;
  readonly etag: string;
}

/** The stored profile of an hour; undefined where there is none. */
export async function loadHour(
  store: ObjectStore,
  model: ModelId,
  identity: HourIdentity,
  specs: readonly ColumnSpec[],
): Promise<StoredHour | undefined> {
  const stored = await getIfThere(store, hourProfileKey(model, identity.baselineId, identity.hour));
  if (stored === undefined) return undefined;
  return { etag: stored.etag, hour: await decodeHour(stored.bytes, identity, specs).catch(() => undefined) };
}

/** Rejects with `ConflictError` where the stored profile is no longer the one of `etag` (undefined: none). */
export async function saveHour(
  store: ObjectStore,
  model: ModelId,
  identity: HourIdentity,
  hour: HourProfile,
  etag: string | undefined,
): Promise<void> {
  const key = hourProfileKey(model, identity.baselineId, identity.hour);
  const condition = etag === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: etag };
  await store.put(key, await encodeHour(hour, identity), condition);
}

export async function encodeHour(hour: HourProfile, identity: HourIdentity): Promise<Uint8Array> {
  const stored: z.infer<typeof storedHourSchema> = {
    format: FORMAT,
    ...identity,
    hour: new Date(identity.hour).toISOString(),
    ...toStored(hour),
  };
  return await compress(JSON.stringify(stored));
}

export function toStored(hour: HourProfile): StoredCounts {
  return {
    files: hour.files.map((file) => ({ ...file })),
    rows: hour.profile.rows,
    columns: hour.profile.columns.map(encodeColumnProfile),
    seen: [...hour.seen].map(([name, { kinds, types, files, repeated }]) => {
      return { name, kinds: [...kinds], types: [...types], files, repeated };
    }),
    unreadable: hour.unreadable.map(({ name, key, cause }) => ({ name, key, cause })),
  };
}

/** Rejects where the bytes are not of this format, this baseline, this hour and this way of reading. */
export async function decodeHour(
  bytes: Uint8Array,
  { baselineId, hour, reading }: HourIdentity,
  specs: readonly ColumnSpec[],
): Promise<HourProfile> {
  const stored = storedHourSchema.parse(JSON.parse((await decompress(bytes)).toString('utf8')));
  const isAnother = stored.baselineId !== baselineId || Date.parse(stored.hour) !== hour || stored.reading !== reading;
  if (isAnother) throw new Error('the profile is of something else');
  return fromStored(stored, specs);
}

/** Throws where the profile was not counted by these specs. */
export function fromStored(stored: StoredCounts, specs: readonly ColumnSpec[]): HourProfile {
  if (stored.columns.length !== specs.length) throw new Error('the profile is of something else');
  return {
    files: stored.files,
    profile: {
      rows: stored.rows,
      columns: specs.map((spec, index) => decodeColumnProfile(stored.columns[index], spec)),
    },
    seen: new Map(
      stored.seen.map(({ name, kinds, types, files, repeated }) => [
        name,
        { kinds: new Set(kinds), types: new Set(types), files, repeated },
      ]),
    ),
    unreadable: stored.unreadable,
  };
}

export interface ListedHourProfile {
  readonly key: string;
  readonly model: ModelId;
  readonly baselineId: string;
  readonly hour: Hour;
  /** bytes */
  readonly size: number;
}

/** The stored hour profiles, of one model name or of all. */
export async function listHourProfiles(
  store: ObjectStore,
  modelName: string | undefined,
): Promise<ListedHourProfile[]> {
  const profiles: ListedHourProfile[] = [];
  for await (const { key, size } of store.list(profilesPrefix(modelName))) {
    const parsed = parseHourProfileKey(key);
    if (parsed !== undefined) profiles.push({ key, size, ...parsed });
  }
  return profiles;
}
