import type { Batch } from '../scan/batches.ts';
import type { FileScan } from '../scan/scan-file.ts';
import type { Precision } from '../scan/source-columns.ts';
import type { ColumnVector } from '../scan/wanted.ts';
import { CategoricalAccumulator, EXAMPLES } from './categorical.ts';
import { EmbeddingAccumulator } from './embedding.ts';
import { NumericAccumulator } from './numeric.ts';
import { PresenceAccumulator } from './presence.ts';
import type { ColumnProfile, ColumnSpec, Profile } from './profile.ts';
import { type RowKeys, rowKeysOf } from './row-key.ts';
import { HOUR_ROWS } from './row-sample.ts';

/** Which rows of a batch a column counts: 0 for a row that it does not; undefined for all. `firstRow` is in the file. */
export type RowMask = (batch: Batch, firstRow: number) => (spec: ColumnSpec) => Uint8Array | undefined;

const onlyBelonging: RowMask = (batch) => () => batch.belongs;

interface Accumulator {
  /** `rows`: which rows of the file the batch has. */
  add(column: ColumnVector, belongs: Uint8Array | undefined, source: Precision, rows: BatchRows): void;
  addMissing(rows: number): void;
  endRowGroup(): void;
  /** Once a file is counted: asks the scan for what only it can tell. */
  endFile(scan: FileScan, index: number): Promise<void>;
  profile(): ColumnProfile;
}

/** `first`: the batch's first row in what is scanned. */
interface BatchRows {
  readonly keys: RowKeys;
  readonly first: number;
}

/** Counts files into one profile. */
export class ProfileBuilder {
  readonly #specs: readonly ColumnSpec[];
  readonly #accumulators: readonly Accumulator[];
  #rows = 0;

  /** `sampleRows`: most vectors to keep of an embedding. */
  constructor(specs: readonly ColumnSpec[], sampleRows = HOUR_ROWS) {
    this.#specs = specs;
    this.#accumulators = specs.map((spec) => accumulatorFor(spec, sampleRows));
  }

  /**
   * Adds what a scan reads, which must have been asked for the columns of the specs in their order. Returns the rows counted.
   * `keys`: of the rows, if not those of the file. Rejects when the file cannot be decoded; the builder has counted some of it then, and is spoilt.
   */
  async add(scan: FileScan, mask: RowMask = onlyBelonging, keys: RowKeys = keysOf(scan)): Promise<number> {
    let firstRow = 0;
    let counted = 0;
    for await (const batch of scan.batches()) {
      const maskOf = mask(batch, firstRow);
      const rows = { keys, first: firstRow };
      for (const [index, spec] of this.#specs.entries()) {
        const accumulator = this.#accumulators[index];
        const column = batch.columns[index];
        const chosen = maskOf(spec);
        if (column === undefined) accumulator?.addMissing(chosen === undefined ? batch.rows : ones(chosen));
        else accumulator?.add(column, chosen, scan.found[index]?.source?.precision ?? 'float64', rows);
        if (batch.endsRowGroup) accumulator?.endRowGroup();
      }
      firstRow += batch.rows;
      counted += batch.belongs === undefined ? batch.rows : ones(batch.belongs);
    }
    for (const [index, accumulator] of this.#accumulators.entries()) await accumulator.endFile(scan, index);
    this.#rows += counted;
    return counted;
  }

  profile(): Profile {
    return { rows: this.#rows, columns: this.#accumulators.map((accumulator) => accumulator.profile()) };
  }
}

function keysOf({ file: { key, firstRow } }: FileScan): RowKeys {
  return rowKeysOf(key, firstRow);
}

function ones(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

const nothingElse = async () => undefined;

function accumulatorFor(spec: ColumnSpec, sampleRows: number): Accumulator {
  switch (spec.type) {
    case 'numeric': {
      const accumulator = new NumericAccumulator(spec);
      return {
        add(column, belongs, source) {
          if (column.as === 'numeric') accumulator.add(column.values, column.validity, belongs, source);
        },
        addMissing: (rows) => accumulator.addMissing(rows),
        endRowGroup: () => accumulator.endRowGroup(),
        endFile: nothingElse,
        profile: () => accumulator.profile(),
      };
    }
    case 'categorical': {
      const accumulator = new CategoricalAccumulator(spec);
      return {
        add(column, belongs) {
          if (column.as === 'category') accumulator.add(column.codes, belongs);
        },
        addMissing: (rows) => accumulator.addMissing(rows),
        endRowGroup: () => undefined,
        async endFile(scan, index) {
          if (accumulator.hasNewUnseen) accumulator.addExamples(await scan.otherValues(index, EXAMPLES));
        },
        profile: () => accumulator.profile(),
      };
    }
    case 'embedding': {
      const accumulator = new EmbeddingAccumulator(spec, sampleRows);
      return {
        add(column, belongs, _source, { keys, first }) {
          if (column.as === 'embedding') accumulator.add(column, belongs, keys, first);
        },
        addMissing: (rows) => accumulator.addMissing(rows),
        endRowGroup: () => accumulator.endRowGroup(),
        async endFile(scan) {
          accumulator.endFile(await scan.namesOf(accumulator.sampledRows()));
        },
        profile: () => accumulator.profile(),
      };
    }
    case 'presence': {
      const accumulator = new PresenceAccumulator(spec);
      return {
        add(column, belongs) {
          if (column.as === 'presence') accumulator.add(column.flags, belongs);
        },
        addMissing: (rows) => accumulator.addMissing(rows),
        endRowGroup: () => undefined,
        endFile: nothingElse,
        profile: () => accumulator.profile(),
      };
    }
  }
}
