import { configuredModels } from '../config/judgement.ts';
import { messageOf } from '../errors.ts';
import type { Report } from '../report/schema.ts';
import { loadReport, type ModelChoice } from '../report/store.ts';
import { instantInWords } from './job-words.ts';
import type { Context } from './options.ts';

/** What the latest report of a model says, or why that is not known here. */
export type Verdict =
  | {
      readonly model: string;
      readonly version: string;
      readonly status: Report['status'];
      readonly driftScore: number;
      readonly windowTo: string;
      readonly criticalAlerts: number;
    }
  | { readonly model: string | null; readonly problem: string };

/** Of every model that the settings name. Never throws for what is wrong with a storage: the job's own state is still told. */
export async function latestVerdicts(context: Context<unknown>): Promise<Verdict[]> {
  let models: ModelChoice[];
  try {
    models = choices(context);
  } catch (error) {
    return [{ model: null, problem: messageOf(error) }];
  }
  const isSet = context.configuration.origins.has('storageUrl');
  const advice = isSet ? '' : " (no storage URL is set here: give the job's with --storage-url or DRIFT_STORAGE_URL)";
  return Promise.all(
    models.map(async (choice): Promise<Verdict> => {
      try {
        const { report } = await loadReport(await context.openStorage(), choice, undefined);
        return verdictOf(report);
      } catch (error) {
        return { model: choice.name, problem: `${messageOf(error)}${advice}` };
      }
    }),
  );
}

function choices({ configuration }: Context<unknown>): ModelChoice[] {
  const { modelName, modelVersion } = configuration.settings;
  if (modelName !== undefined) return [{ name: modelName, version: modelVersion }];
  return configuredModels(configuration).map(({ model }) => model);
}

function verdictOf({ model, status, driftScore, window, alerts }: Report): Verdict {
  const criticalAlerts = alerts.filter(({ severity }) => severity === 'CRITICAL').length;
  return { model: model.name, version: model.version, status, driftScore, windowTo: window.to, criticalAlerts };
}

const STATUS: Readonly<Record<Report['status'], string>> = {
  drift: 'drift',
  'no-drift': 'no drift',
  'insufficient-data': 'too few rows to judge',
  'no-data': 'no rows to judge',
};

export function verdictInWords(verdict: Verdict): string {
  if ('problem' in verdict)
    return `${verdict.model === null ? '' : `${verdict.model}: `}not known here: ${verdict.problem}`;
  const { model, version, status, driftScore, windowTo, criticalAlerts } = verdict;
  const critical = criticalAlerts > 0 ? ', CRITICAL' : '';
  const score = `drift score ${(driftScore * 100).toFixed(1)}%`;
  return `${model} ${version}: ${STATUS[status]}${critical}, ${score}, window until ${instantInWords(new Date(windowTo))}`;
}
