import type { ObjectStore } from '../../storage/object-store.ts';
import { saveAlerts } from '../documents.ts';
import { DeliveryError, type Sink } from '../sink.ts';
import { loadState } from '../state-store.ts';

/** The documents of alerts in the storage itself: the one sink that is always there. Written again, they stay the same. */
export function storageSink(store: ObjectStore): Sink {
  return {
    async send({ alerts, model, window, driftScore, report }) {
      try {
        const state = await loadState(store, model.name);
        await saveAlerts(store, alerts, { model, window, driftScore, report }, state);
      } catch (error) {
        throw new DeliveryError(error instanceof Error ? error.message : String(error), { isTransient: true });
      }
    },
  };
}
