import pMap from 'p-map';
import { getIfThere, parseJson } from '../storage/json-document.ts';
import { alertKey, type ModelId } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { putUnlessNewer } from '../storage/put-unless-newer.ts';
import { dedupKey } from './lifecycle.ts';
import { reportCommand } from './notification.ts';
import { type Alert, alertSchema, type Lifecycle, type ShownCondition } from './schema.ts';
import type { AlertRecord, AlertState } from './state.ts';

/** The run that a document is of. */
export interface SeenIn {
  readonly model: ModelId;
  readonly window: { readonly from: string; readonly to: string };
  readonly driftScore: number;
  /** Key of the report. */
  readonly report: string;
}

/** Requests to the storage at once. */
const REQUESTS = 16;

/**
 * Writes the documents of conditions, `alerts/<model>/<id>.json`, unless a later window has written them. Without `state`, as of a run
 * of the past, those that tell of an alert's life are left alone.
 */
export async function saveAlerts(
  store: ObjectStore,
  conditions: readonly ShownCondition[],
  seenIn: SeenIn,
  state: AlertState | undefined,
): Promise<void> {
  const records = new Map(state?.alerts.map((record) => [record.id, record]));
  await pMap(
    conditions,
    async (condition) => {
      const key = alertKey(seenIn.model.name, condition.id);
      if (state === undefined && (await hasLifecycle(store, key))) return;
      await putUnlessNewer(store, key, alertDocument(condition, seenIn, records.get(condition.id)));
    },
    { concurrency: REQUESTS },
  );
}

async function hasLifecycle(store: ObjectStore, key: string): Promise<boolean> {
  const present = await getIfThere(store, key);
  const parsed = alertSchema.safeParse(present && parseJson(present.bytes));
  return parsed.success && parsed.data.lifecycle !== undefined;
}

function alertDocument(
  condition: ShownCondition,
  { model, window, driftScore, report }: SeenIn,
  record?: AlertRecord,
): Alert {
  const { id, rule, signal, severity, title, reasons, evidence } = condition;
  return {
    id,
    rule,
    signal,
    severity,
    title,
    reasons: [...reasons],
    model: { ...model },
    window: { from: window.from, to: window.to },
    driftScore,
    report,
    command: reportCommand(model, window.to),
    evidence,
    ...(record && { lifecycle: lifecycleOf(record) }),
  };
}

function lifecycleOf(record: AlertRecord): Lifecycle {
  const { state, since, openedAt, resolvedAt, acknowledged, changes } = record;
  return { state, since, dedupKey: dedupKey(record), openedAt, resolvedAt, acknowledged, history: [...changes] };
}
