/** A row of a sample. */
export interface SampledRow {
  /** Of the row's key: see `rowKeyHash`. */
  readonly hash: number;
  readonly values: Float16Array;
  /** What the log calls the row, where a column for that is configured and has a value. */
  readonly name: string | null;
}

/**
 * The rows whose hash lies below a threshold: a uniform sample, however it was put together (bottom-k sketch; Cohen & Kaplan,
 * PODC 2007). The threshold is 1 where every row was kept.
 */
export interface RowSample {
  readonly threshold: number;
  /** Ascending by hash. */
  readonly rows: readonly SampledRow[];
}

/** Rows of which a baseline's or window's sample consists at most, and rows that an hour keeps. */
export const SAMPLE_ROWS = 2000;
export const HOUR_ROWS = 256;

export const EMPTY_SAMPLE: RowSample = { threshold: 1, rows: [] };

/** The `most` rows with the smallest hashes: what is left is below the hash of the next one. */
export function smallest({ threshold, rows }: RowSample, most: number): RowSample {
  const next = rows[most];
  if (next === undefined) return { threshold, rows };
  return { threshold: next.hash, rows: rows.slice(0, most).filter(({ hash }) => hash < next.hash) };
}

/** Rows of both below the smaller threshold; at most `SAMPLE_ROWS`, those with the smallest hashes. */
export function mergeSamples(a: RowSample, b: RowSample): RowSample {
  const threshold = Math.min(a.threshold, b.threshold);
  const rows = [...a.rows, ...b.rows].filter(({ hash }) => hash < threshold).sort((x, y) => x.hash - y.hash);
  return smallest({ threshold, rows }, SAMPLE_ROWS);
}

interface Candidate {
  readonly hash: number;
  readonly values: Float16Array;
  /** In the file that is being read; undefined once its name is known. */
  row: number | undefined;
  name: string | null;
}

/** Collects the rows of the smallest hashes. */
export class SampleCollector {
  readonly #most: number;
  #candidates: Candidate[] = [];
  #threshold = 1;

  constructor(most: number) {
    this.#most = most;
  }

  wants(hash: number): boolean {
    return hash < this.#threshold;
  }

  /** `row`: its number in the file that is being read. */
  add(hash: number, values: Float16Array, row: number): void {
    this.#candidates.push({ hash, values, row, name: null });
    if (this.#candidates.length >= 2 * this.#most + 64) this.#cut();
  }

  #cut(): void {
    this.#candidates.sort((a, b) => a.hash - b.hash);
    const next = this.#candidates[this.#most];
    if (next === undefined) return;
    this.#threshold = next.hash;
    this.#candidates = this.#candidates.slice(0, this.#most).filter(({ hash }) => hash < next.hash);
  }

  /** Rows of the current file that are in the sample, and so far without a name. */
  unnamed(): number[] {
    this.#cut();
    return this.#candidates.flatMap(({ row }) => row ?? []);
  }

  /** Ends a file. `names`: by row number. */
  nameRows(names: ReadonlyMap<number, string>): void {
    for (const candidate of this.#candidates) {
      if (candidate.row === undefined) continue;
      candidate.name = names.get(candidate.row) ?? null;
      candidate.row = undefined;
    }
  }

  sample(): RowSample {
    this.#cut();
    const rows = this.#candidates.map(({ hash, values, name }) => ({ hash, values, name }));
    return { threshold: this.#threshold, rows };
  }
}
