import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Turns a CSV file into a Parquet file, its dialect and types detected over all its rows.
 * Returns the names in its header as they stand there (Parquet's are made unique), or undefined without a header.
 */
export async function csvToParquet(
  connection: DuckDBConnection,
  csv: string,
  parquet: string,
): Promise<string[] | undefined> {
  const sniffed = await connection.runAndReadAll('SELECT HasHeader FROM sniff_csv($1, sample_size = -1)', [csv]);
  const hasHeader = sniffed.getRows()[0]?.[0] === true;
  // A path in COPY … TO cannot be bound; this one is a name of our own making.
  const target = parquet.replaceAll("'", "''");
  await connection.run(
    `COPY (SELECT * FROM read_csv($1, sample_size = -1)) TO '${target}' (FORMAT parquet, COMPRESSION snappy)`,
    [csv],
  );
  if (!hasHeader) return undefined;
  const header = await connection.runAndReadAll(
    'SELECT * FROM read_csv($1, header = false, all_varchar = true, sample_size = -1) LIMIT 1',
    [csv],
  );
  return header.getRows()[0]?.map((name) => (name === null ? '' : String(name)));
}
