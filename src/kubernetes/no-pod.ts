import type { Cluster } from './cluster.ts';
import type { Run } from './run.ts';

/** A controller that lags makes the first pod within this time. */
const USUAL_MS = 10_000;

/**
 * Adds to a run that gets no pod what the cluster says about it: pod security, quota and a ServiceAccount that is missing
 * show in the events of the Job only. Without the right to read them the run stays as it is.
 */
export async function explainMissingPod(cluster: Cluster, run: Run, now: number): Promise<Run> {
  const { job, startedAt, outcome } = run;
  if (outcome.reason !== 'NoPod' || now - (startedAt?.getTime() ?? 0) < USUAL_MS) return run;
  try {
    const warnings = (await cluster.listEvents('Job', job)).filter(({ type }) => type === 'Warning');
    const message = warnings.at(-1)?.message;
    return message === undefined
      ? run
      : { ...run, outcome: { ...outcome, summary: 'gets no pod', explanation: message } };
  } catch {
    return run;
  }
}
