import { expect, test } from 'vitest';
import { systemEffects } from '../../src/alerting/effects.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { renderReport } from '../../src/report/html/render.ts';
import { linksFrom } from '../../src/report/store.ts';
import { type AlertContext, takeRun } from '../../src/report/take-run.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { VersionedStore } from '../alerting/versioned-store.ts';
import { anAlert, aReport } from './a-report.ts';

const details = {
  rowsOfLastHour: 100,
  hasEnoughRows: true,
  hasStatus: true,
  hasLatency: true,
  unjudged: new Set<string>(),
  labelledRows: 0,
};

function context(isCurrent: boolean): AlertContext {
  return { settings: settingsSchema.parse({}).alerts, isCurrent, sinks: [], run: 'run', effects: systemEffects };
}

class WithoutPages extends VersionedStore {
  override async put(...[key, ...rest]: Parameters<VersionedStore['put']>) {
    if (key.endsWith('.html')) throw new StorageError('no room for pages');
    return await super.put(key, ...rest);
  }
}

const report = aReport('2025-12-24T12:00:00.000Z', { alerts: [anAlert('a'.repeat(16))] });

test.each([true, false])(
  'a page that cannot be written costs neither report nor alert (current: %s)',
  async (isCurrent) => {
    const store = new WithoutPages();
    const taken = await takeRun(store, report, details, context(isCurrent));
    expect(taken.pageError).toEqual(new StorageError('no room for pages'));
    expect(store.json(taken.key)).toEqual(taken.report);
    expect(store.json(`alerts/churn/${'a'.repeat(16)}.json`)).toMatchObject({ report: taken.key });
  },
);

test.each([true, false])(
  'the page says what the report says, alerts of the run included (current: %s)',
  async (isCurrent) => {
    const store = new VersionedStore();
    const { key, report: final, pageError } = await takeRun(store, report, details, context(isCurrent));
    expect(pageError).toBeUndefined();
    const page = Buffer.from((await store.get(key.replace('.json', '.html'))).bytes).toString();
    expect(page).toBe(renderReport(final, { links: linksFrom(key) }));
    expect(page).toContain(isCurrent ? 'pending: not yet in enough runs' : 'in this window');
  },
);
