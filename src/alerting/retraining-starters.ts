import type { RetrainingSettings } from '../config/retraining-settings.ts';
import { type Fetch, send } from './http.ts';
import { hideSecrets, resolveReferences, type SecretSources } from './references.ts';
import type { RetrainingStarter } from './retraining.ts';
import { DeliveryError } from './sink.ts';

/** Makes a Job of that name from a CronJob, or finds that it is there already; rejects with a `DeliveryError`. */
export type CreateJob = (cronJob: string, name: string) => Promise<void>;

export interface StarterContext extends SecretSources {
  readonly createJob: CreateJob;
  readonly fetch?: Fetch;
}

const TIMEOUT_SECONDS = 30;

/** What is wrong with the settings in this environment, one sentence each. */
export function retrainingProblems(settings: RetrainingSettings | undefined, sources: SecretSources): string[] {
  return resolveReferences(settings?.http, sources).problems.map((problem) => `retraining.http: ${problem}`);
}

/** In words, without secrets. */
export function startInWords({ http, job }: RetrainingSettings): string {
  if (job !== undefined) return `a Job from CronJob ${job.cronJob}`;
  const url = http?.url ?? '';
  return `POST ${URL.canParse(url) ? `${new URL(url).origin}/…` : url}`;
}

export function retrainingStarter({ http, job }: RetrainingSettings, context: StarterContext): RetrainingStarter {
  if (job !== undefined) return jobStarter(job.cronJob, context.createJob);
  if (http === undefined) throw new Error('settings without http and job are refused when they are read');
  return httpStarter(http, context);
}

/** A Job's name is its identity: whoever creates it twice has created it once. */
function jobStarter(cronJob: string, createJob: CreateJob): RetrainingStarter {
  return {
    kind: 'job',
    isIdempotent: true,
    async start({ id }) {
      const name = `${cronJob.slice(0, 40).replace(/[-.]+$/, '')}-${id
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .slice(0, 20)}`;
      await createJob(cronJob, name);
      return name;
    },
  };
}

/** Sent once: whether a receiver minds the Idempotency-Key nobody knows. */
function httpStarter(settings: NonNullable<RetrainingSettings['http']>, context: StarterContext): RetrainingStarter {
  return {
    kind: 'http',
    isIdempotent: false,
    async start(request) {
      const { value, secrets, problems } = resolveReferences(settings, context);
      if (problems.length > 0) throw new DeliveryError(problems.join('; '), { isTransient: false });
      const { url, headers, jobId } = value;
      const body = JSON.stringify(request);
      try {
        const answer = await send(
          {
            url,
            body,
            headers: { ...headers, 'idempotency-key': request.id },
            timeoutSeconds: TIMEOUT_SECONDS,
            wantsAnswer: true,
          },
          context.fetch,
        );
        return jobIdIn(answer, jobId);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        throw new DeliveryError(hideSecrets(error.message, secrets), error.failure);
      }
    },
  };
}

function jobIdIn(answer: string, path: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return null;
  }
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = Reflect.get(value, key);
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 200) : null;
}
