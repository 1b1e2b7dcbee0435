/**
 * What every tool has to do at least: sums every numeric column and counts every categorical one of Parquet files, in one
 * process, in DuckDB's Node binding. `node test/benchmark/bound.ts GLOB NUMERIC CATEGORICAL`
 */
import { DuckDBInstance } from '@duckdb/node-api';

const [glob = '', numeric = '0', categorical = '0'] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const sums = Array.from({ length: Number(numeric) }, (_, i) => `sum(n${i})`);
const counts = Array.from({ length: Number(categorical) }, (_, i) => `count(c${i})`);
const reader = await connection.runAndReadAll(`SELECT ${[...sums, ...counts].join(', ')} FROM read_parquet($1)`, [
  glob,
]);
console.log(reader.getRows()[0]?.length);
process.exit();
