import type { Batch } from '../scan/batches.ts';
import type { FileScan } from '../scan/scan-file.ts';
import type { ColumnVector, FoundColumn } from '../scan/wanted.ts';
import { CategoricalAccumulator, EXAMPLES } from './categorical.ts';
import { EmbeddingAccumulator } from './embedding.ts';
import { NumericAccumulator } from './numeric.ts';
import { PresenceAccumulator } from './presence.ts';
import type { ColumnProfile, ColumnSpec, Profile } from './profile.ts';

/** Which rows of a batch a column counts: 0 for a row that it does not; undefined for all. `firstRow` is in the file. */
export type RowMask = (batch: Batch, firstRow: number) => (spec: ColumnSpec) => Uint8Array | undefined;

const onlyBelonging: RowMask = (batch) => () => batch.belongs;

interface Accumulator {
  add(column: ColumnVector, belongs: Uint8Array | undefined): void;
  endRowGroup(): void;
  profile(): Promise<ColumnProfile>;
}

/**
 * The profile of what a scan reads, which must have been asked for the columns of `specs` in their order. Rejects when
 * the file cannot be decoded; nothing of it is counted then.
 */
export async function profileFile(
  scan: FileScan,
  specs: readonly ColumnSpec[],
  mask: RowMask = onlyBelonging,
): Promise<Profile> {
  const accumulators = specs.map((spec, index) => accumulatorFor(spec, scan, index));
  let firstRow = 0;
  let rows = 0;
  for await (const batch of scan.batches()) {
    const maskOf = mask(batch, firstRow);
    for (const [index, spec] of specs.entries()) {
      const column = batch.columns[index];
      const accumulator = accumulators[index];
      if (column === undefined || accumulator === undefined) throw new Error(`no values of column ${index} in a batch`);
      accumulator.add(column, maskOf(spec));
      if (batch.endsRowGroup) accumulator.endRowGroup();
    }
    firstRow += batch.rows;
    rows += batch.belongs === undefined ? batch.rows : batch.belongs.reduce((sum, flag) => sum + flag, 0);
  }
  const columns: ColumnProfile[] = [];
  for (const accumulator of accumulators) columns.push(await accumulator.profile());
  return { rows, columns };
}

function accumulatorFor(spec: ColumnSpec, scan: FileScan, index: number): Accumulator {
  switch (spec.type) {
    case 'numeric': {
      const precision = precisionOf(scan.found[index]);
      const accumulator = new NumericAccumulator(spec);
      return {
        add(column, belongs) {
          if (column.as === 'numeric') accumulator.add(column.values, column.validity, belongs, precision);
        },
        endRowGroup: () => accumulator.endRowGroup(),
        profile: async () => accumulator.profile(),
      };
    }
    case 'categorical': {
      const accumulator = new CategoricalAccumulator(spec);
      return {
        add(column, belongs) {
          if (column.as === 'category') accumulator.add(column.codes, belongs);
        },
        endRowGroup: () => undefined,
        profile: async () => accumulator.profile(accumulator.unseen > 0 ? await scan.otherValues(index, EXAMPLES) : []),
      };
    }
    case 'embedding': {
      const accumulator = new EmbeddingAccumulator(spec);
      return {
        add(column, belongs) {
          if (column.as === 'embedding') accumulator.add(column, belongs);
        },
        endRowGroup: () => accumulator.endRowGroup(),
        profile: async () => accumulator.profile(),
      };
    }
    case 'presence': {
      const accumulator = new PresenceAccumulator(spec);
      return {
        add(column, belongs) {
          if (column.as === 'presence') accumulator.add(column.flags, belongs);
        },
        endRowGroup: () => undefined,
        profile: async () => accumulator.profile(),
      };
    }
  }
}

function precisionOf(found: FoundColumn | undefined) {
  return found?.source?.precision ?? 'float64';
}
