import { hideSecrets, resolveReferences, type SecretSources } from '../alerting/references.ts';
import type { MetricsSettings } from '../config/metrics-settings.ts';
import { messageOf } from '../errors.ts';
import type { DatabaseRun } from '../history/database/write-runs.ts';
import { historyLine } from './history-line.ts';
import type { Report } from './schema.ts';
import { signalsByImportance } from './signals.ts';
import { keyOf } from './store.ts';

/** Writes runs into the database of the settings, where there is one. What went wrong, as sentences; stops nothing. */
export async function publishToDatabase(
  reports: readonly Report[],
  { postgresUrl }: MetricsSettings,
  sources: SecretSources,
): Promise<string[]> {
  if (postgresUrl === undefined || reports.length === 0) return [];
  const { value: url, secrets, problems } = resolveReferences(postgresUrl, sources);
  if (problems.length > 0) return problems.map((problem) => `metrics.postgresUrl: ${problem}`);
  if (!/^postgres(ql)?:\/\//.test(url)) {
    return ['metrics.postgresUrl: must stand for a URL such as postgresql://USER:PASSWORD@HOST/DATABASE'];
  }
  try {
    const { writeRuns } = await import('../history/database/write-runs.ts');
    await writeRuns(url, reports.map(databaseRun));
    return [];
  } catch (error) {
    const which = reports.length === 1 ? 'the run is not' : 'not all runs are';
    return [`${which} in the database: ${hideSecrets(causes(error), [...secrets, ...passwordsOf(url)])}`];
  }
}

function databaseRun(report: Report): DatabaseRun {
  return {
    model: report.model.name,
    line: historyLine(report),
    report: keyOf(report),
    signals: signalsByImportance(report).map(({ name, kind, verdict, psi, distance, adjustedPValue }) => {
      return { name, kind, verdict, psi: psi.value, distance: distance.value, adjustedPValue };
    }),
  };
}

/** A host with several addresses that all refuse has no message of its own. */
function causes(error: unknown): string {
  return error instanceof AggregateError && error.message === ''
    ? [...new Set(error.errors.map(messageOf))].join('; ')
    : messageOf(error);
}

/** As the URL has it, and as it is. */
function passwordsOf(url: string): string[] {
  const found = [/^[a-z]+:\/\/[^/@]*?:([^/]*)@/, /[?&]password=([^&]*)/].flatMap((place) => place.exec(url)?.[1] ?? []);
  return found.flatMap((encoded) => {
    try {
      return [encoded, decodeURIComponent(encoded)];
    } catch {
      return [encoded];
    }
  });
}
