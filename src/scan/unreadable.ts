/**
 * A file or a column that cannot be read, because of what is in it. The message names neither and says why, in words that are
 * the same in every run: the report they end up in has to be.
 */
export class UnreadableError extends Error {
  override name = 'UnreadableError';
}

/** `error` in words for a report. */
export function unreadable(error: unknown): UnreadableError {
  return error instanceof UnreadableError ? error : new UnreadableError(causeOf(error), { cause: error });
}

const DAMAGED = 'its pages are damaged, or of a kind that DuckDB cannot decode';

/**
 * DuckDB's messages name scratch files, values and byte offsets, and where several threads meet damage the first one wins.
 * So only what they say about the whole column is told.
 */
function causeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/not valid UTF-?8/i.test(message)) return 'it holds text that is not valid UTF-8';
  if (/^Out of Memory Error/i.test(message)) return 'it needs more memory than a scan may use, or claims to';
  const codec = /Unsupported compression codec "([^"]*)"/i.exec(message)?.[1];
  if (codec !== undefined) return `DuckDB cannot decompress ${codec}`;
  if (message.includes('BYTE_STREAM_SPLIT encoding is only supported')) {
    return 'DuckDB decodes BYTE_STREAM_SPLIT of FLOAT and DOUBLE only';
  }
  if (message.includes('Incorrect stats size')) return 'its statistics in the footer are damaged, which DuckDB refuses';
  if (message.includes('Could not convert Timestamp')) return 'it holds instants further away than DuckDB can count';
  return DAMAGED;
}
