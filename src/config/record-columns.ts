import type { Settings } from './settings.ts';

/** Names under which a log keeps what is not a feature. */
export interface RecordColumns {
  readonly timestamp: string;
  readonly requestId: string;
  readonly modelName: string;
  readonly modelVersion: string;
  readonly features: string;
  readonly prediction: string;
  readonly confidence: string;
  readonly latency: string;
  readonly status: string;
  readonly label: string;
  /** Names rows in the examples of embeddings, where it is configured. */
  readonly rowName: string | undefined;
}

export function recordColumns(settings: Settings): RecordColumns {
  return {
    timestamp: settings.timestampColumn,
    requestId: settings.requestIdColumn,
    modelName: settings.modelNameColumn,
    modelVersion: settings.modelVersionColumn,
    features: settings.featuresColumn,
    prediction: settings.predictionColumn,
    confidence: settings.confidenceColumn,
    latency: settings.latencyColumn,
    status: settings.statusColumn,
    label: settings.labelColumn,
    rowName: settings.rowNameColumn,
  };
}

/**
 * Whether a column is part of the record itself: neither a feature nor an output, and never a "new column".
 * So is a field of one that is a struct.
 */
export function isRecordColumn(columns: RecordColumns, name: string): boolean {
  return Object.values(columns).some((column: string | undefined) => {
    if (column === undefined) return false;
    return name === column || (column !== columns.features && name.startsWith(`${column}.`));
  });
}
