import { messageOf } from '../errors.ts';
import { updateOverview } from '../history/overview.ts';
import { appendHistory } from '../history/store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { historyLine } from './history-line.ts';
import type { Report } from './schema.ts';

/** Writes the line of a run into its model's history. What went wrong, as a sentence: the report is there all the same. */
export async function recordHistory(store: ObjectStore, report: Report): Promise<string[]> {
  try {
    await appendHistory(store, report.model.name, historyLine(report));
    return [];
  } catch (error) {
    return [`the run is not in the history: ${messageOf(error)}`];
  }
}

/** Takes the runs of a job into the page over all models. What went wrong, as a sentence. */
export async function recordOverview(store: ObjectStore, reports: readonly Report[], now: number): Promise<string[]> {
  if (reports.length === 0) return [];
  try {
    const { pageBefore, saveIndexPage } = await import('./html/index-page.ts');
    const runs = reports.map((report) => ({ name: report.model.name, line: historyLine(report) }));
    // Seen before the overview is written: who writes either in between is noticed.
    const [before, overview] = await Promise.all([pageBefore(store), updateOverview(store, runs, now)]);
    await saveIndexPage(store, overview, before, now);
    return [];
  } catch (error) {
    return [`the index page was not written: ${messageOf(error)}`];
  }
}
