import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { DEFAULT_LOG_TEMPLATE, MODEL_ID, MODEL_ID_IN_WORDS, type ModelId, templateProblem } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { parseStorageUrl } from '../storage/open.ts';
import { COLUMN_TYPES, type ColumnType } from './column-type.ts';
import { type ColumnDeclarations, declaredColumns } from './declarations.ts';
import { RECORD_COLUMNS } from './record.ts';
import type { WarnLogger } from './warnings.ts';

/** Exactly one of `store` and `storageUrl`. */
export interface InferenceLoggerOptions {
  readonly store?: ObjectStore;
  /** As for the program: `file:./drift-data`, `https://ACCOUNT.blob.core.windows.net/CONTAINER[/prefix]`. */
  readonly storageUrl?: string;
  readonly modelName: string;
  readonly modelVersion: string;
  /**
   * Types of features (and of `prediction`, `status` and `label`), which are then in every file. A type that is not declared is
   * that of most values in the first file in which the column has any, and stays.
   */
  readonly columns?: ColumnDeclarations;
  /** Path of an hour below the storage URL; the program's `logPathTemplate`. */
  readonly logPathTemplate?: string;
  /** Rows after which an object is written; default 20,000. */
  readonly maxRows?: number;
  /** Bytes in memory after which an object is written; default 16 MiB. */
  readonly maxBytes?: number;
  /** Longest time that a row waits before it is written, in milliseconds; default 60,000. */
  readonly maxAgeMs?: number;
  /**
   * Bytes of rows and encoded files kept in memory, above which rows are dropped; default 128 MiB. An estimate: while a file is encoded
   * it takes about twice as much.
   */
  readonly maxBufferedBytes?: number;
  /**
   * Local directory for objects while storage is down; may be shared by processes. Sent later, also by the next process. By
   * default they stay in memory.
   */
  readonly spillDirectory?: string;
  /** Bytes that the spill directory may hold; default 1 GiB. */
  readonly maxSpillBytes?: number;
  /**
   * Where there is a spill directory: time that `close` gives storage, in milliseconds, before what remains is spilled; default
   * 5,000.
   */
  readonly closePatienceMs?: number;
  /** Pino or alike. Each kind of trouble is told at most once a minute; by default as a process warning. */
  readonly logger?: WarnLogger;
}

export interface ResolvedOptions {
  /** a store or a storage URL */
  readonly storage: ObjectStore | string;
  readonly model: ModelId;
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly logPathTemplate: string;
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly maxBufferedBytes: number;
  readonly spillDirectory: string | undefined;
  readonly maxSpillBytes: number;
  readonly closePatienceMs: number;
  readonly logger: WarnLogger | undefined;
}

const MIB = 1024 * 1024;
/** Longer timers fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Adds what `problemOf` says of a value. */
function checked<T extends z.ZodType>(type: T, problemOf: (value: z.output<T>) => string | undefined) {
  return type.superRefine((value, context) => {
    const message = problemOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

const count = z.int('must be a whole number').min(1, 'must be at least 1');
const modelId = z.string('must be given').regex(MODEL_ID, `must be ${MODEL_ID_IN_WORDS}`);
const columns = z.custom<ColumnDeclarations>(isObject, 'must be an object or Map');

const schema = z
  .strictObject({
    store: z.custom<ObjectStore>((value) => isObject(value) && 'put' in value, 'must be an ObjectStore').optional(),
    storageUrl: checked(z.string(), storageUrlProblem).optional(),
    modelName: modelId,
    modelVersion: modelId,
    columns: checked(columns, declarationsProblem).optional(),
    logPathTemplate: checked(z.string(), templateProblem).default(DEFAULT_LOG_TEMPLATE),
    maxRows: count.default(20_000),
    maxBytes: count.default(16 * MIB),
    maxAgeMs: count.max(MAX_TIMER_MS, 'must be at most 2,147,483,647').default(60_000),
    maxBufferedBytes: count.default(128 * MIB),
    spillDirectory: z.string().min(1, 'must name a directory').optional(),
    maxSpillBytes: count.default(1024 * MIB),
    closePatienceMs: count.max(MAX_TIMER_MS, 'must be at most 2,147,483,647').default(5000),
    logger: z.custom<WarnLogger>((value) => isObject(value) && 'warn' in value, 'must have a method warn').optional(),
  })
  .refine(({ store, storageUrl }) => (store === undefined) !== (storageUrl === undefined), {
    message: 'exactly one of store and storageUrl must be given',
    when: () => true, // also where other options are wrong
  });

/** @throws UsageError with everything that is wrong */
export function resolveOptions(options: InferenceLoggerOptions): ResolvedOptions {
  const { success, data, error } = schema.safeParse(options);
  if (!success) {
    throw new UsageError(error.issues.map((issue) => ['inference logger:', ...issue.path, issue.message].join(' ')));
  }
  const { store, storageUrl, modelName, modelVersion, columns, spillDirectory, logger, ...limits } = data;
  return {
    ...limits,
    storage: store ?? storageUrl ?? '',
    model: { name: modelName, version: modelVersion },
    columns: new Map(declaredColumns(columns)),
    spillDirectory,
    logger,
  };
}

function storageUrlProblem(url: string): string | undefined {
  try {
    parseStorageUrl(url);
    return undefined;
  } catch (error) {
    return error instanceof UsageError ? error.message : String(error);
  }
}

function declarationsProblem(columns: ColumnDeclarations): string | undefined {
  const problems = declaredColumns(columns).flatMap(([name, type]) => {
    if (!COLUMN_TYPES.includes(type))
      return [`${name} has the type ${String(type)}; allowed are ${COLUMN_TYPES.join(', ')}`];
    const fixed = RECORD_COLUMNS.find(([column]) => column === name)?.[1];
    return fixed === undefined || fixed === type ? [] : [`${name} is a field of the record and always ${fixed}`];
  });
  return problems.length > 0 ? problems.join('; ') : undefined;
}
