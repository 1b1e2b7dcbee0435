import { Cron } from 'croner';

/** When a CronJob runs next; `undefined` where that cannot be told (`@every 1h`) or never comes (February 30). */
export function nextRun(schedule: string, timeZone: string, after: number): Date | undefined {
  try {
    return (
      new Cron(schedule, { mode: '5-part', timezone: timeZone, paused: true }).nextRun(new Date(after)) ?? undefined
    );
  } catch {
    return undefined;
  }
}
