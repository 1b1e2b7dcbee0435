import pMap from 'p-map';
import { listBaselines } from '../baseline/store.ts';
import { type Report, reportSchema } from '../report/schema.ts';
import { getIfThere, parseJson } from '../storage/json-document.ts';
import { latestReportKey, type ModelId } from '../storage/layout.ts';
import { StorageNotFoundError } from '../storage/object-store.ts';
import type { ServerContext } from './context.ts';
import { Problem } from './problem.ts';

/** Requests to the storage at once. */
const REQUESTS = 16;

/** What is read, or `nothing` where nothing has ever been written to the storage. */
export async function unlessEmpty<T, N>(reading: Promise<T>, nothing: N): Promise<T | N> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StorageNotFoundError) return nothing;
    throw error;
  }
}

/** Names of all models that are configured or have a baseline. */
export async function modelNames({ store, models }: Pick<ServerContext, 'store' | 'models'>): Promise<string[]> {
  const baselines = await unlessEmpty(listBaselines(store), []);
  const names = [...models.map(({ model }) => model.name), ...baselines.map(({ name }) => name)];
  return [...new Set(names)].sort();
}

/** Whether a model, or a version of it, is configured or has a baseline. */
export async function isAnyModel(
  { store, models }: Pick<ServerContext, 'store' | 'models'>,
  name: string,
  version: string | undefined,
): Promise<boolean> {
  const isIt = (model: ModelId) => model.name === name && (version === undefined || model.version === version);
  if (models.some(({ model }) => isIt(model))) return true;
  return (await unlessEmpty(listBaselines(store), [])).some(isIt);
}

/** The latest report of a model; undefined where there is none. Throws `Problem` where it cannot be read. */
export async function latestReport({ store }: Pick<ServerContext, 'store'>, name: string): Promise<Report | undefined> {
  const key = latestReportKey(name);
  const stored = await unlessEmpty(getIfThere(store, key), undefined);
  if (stored === undefined) return undefined;
  const parsed = reportSchema.safeParse(parseJson(stored.bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Problem(500, `${key} is no report that this program reads (${issue?.path.join('.')}: ${issue?.message})`);
}

export interface KnownModel {
  readonly name: string;
  /** Undefined where there is none. */
  readonly report: Report | undefined;
  /** Why the report cannot be read. */
  readonly error: string | undefined;
}

/** All models with their latest reports. One that cannot be read hides no other. */
export async function knownModels(context: Pick<ServerContext, 'store' | 'models'>): Promise<KnownModel[]> {
  return await pMap(
    await modelNames(context),
    async (name) => {
      try {
        return { name, report: await latestReport(context, name), error: undefined };
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return { name, report: undefined, error: error.message };
      }
    },
    { concurrency: REQUESTS },
  );
}
