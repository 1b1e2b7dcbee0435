/** What reading a Parquet file with its rows numbered needs to know. */
export interface RowNumbering {
  /** Top-level columns of the file. */
  readonly width: number;
  /** A column of the file is called `file_row_number`, in any case: DuckDB then refuses to number rows by that name. */
  readonly takesRowNumber: boolean;
}

/** The table of the file whose path is `$parameter`: its columns, and behind them the row's number in the file, from 0. */
export function numberedRows(parameter: number, { takesRowNumber }: RowNumbering): string {
  const options = 'hive_partitioning = false, binary_as_string = false';
  if (!takesRowNumber) return `read_parquet($${parameter}, ${options}, file_row_number = true)`;
  // Counted in the order of the file, on one thread.
  return `(SELECT *, row_number() OVER () - 1 FROM read_parquet($${parameter}, ${options}))`;
}

/** The column of the row's number in `numberedRows`. */
export function rowNumber({ width }: RowNumbering): string {
  return `#${width + 1}`;
}
