/**
 * A file or a column that cannot be read, because of what is in it. The message names neither and says why, in words that are
 * the same in every run: the report they end up in has to be.
 */
export class UnreadableError extends Error {
  override name = 'UnreadableError';
}

/** Memory did not suffice: on another machine, or with other settings, the file may be readable. */
export const TOO_LITTLE_MEMORY = 'it needs more memory than a scan may use, or claims to';

/** `error` in words for a report. Throws it where it says nothing about the file. */
export function unreadable(error: unknown): UnreadableError {
  if (error instanceof UnreadableError) return error;
  if (isOfMachine(error)) throw error;
  return new UnreadableError(causeOf(error), { cause: error });
}

/** A full disk, a DuckDB that has given up, and mistakes of this program are no faults of a log file. */
function isOfMachine(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error instanceof TypeError || error instanceof ReferenceError) return true;
  return /No space left|Disk quota|Could not write|FATAL Error|database has been invalidated|max_temp_directory_size/i.test(
    error.message,
  );
}

const DAMAGED = 'its pages are damaged, or of a kind that DuckDB cannot decode';

/**
 * DuckDB's messages name scratch files, values and byte offsets, and where several threads meet damage the first one wins.
 * So only what they say about the whole column is told.
 */
function causeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/not valid UTF-?8/i.test(message)) return 'it holds text that is not valid UTF-8';
  if (/^Out of Memory Error/i.test(message)) return TOO_LITTLE_MEMORY;
  const codec = /Unsupported compression codec "([^"]*)"/i.exec(message)?.[1];
  if (codec !== undefined) return `DuckDB cannot decompress ${codec}`;
  if (message.includes('BYTE_STREAM_SPLIT encoding is only supported')) {
    return 'DuckDB decodes BYTE_STREAM_SPLIT of FLOAT and DOUBLE only';
  }
  if (message.includes('Incorrect stats size')) return 'its statistics in the footer are damaged, which DuckDB refuses';
  if (message.includes('Could not convert Timestamp')) return 'it holds instants further away than DuckDB can count';
  return DAMAGED;
}
