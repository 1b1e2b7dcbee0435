import { StorageError } from './object-store.ts';

const EXPLANATIONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not do that; check the owner and the permissions'],
  ['EPERM', 'this user may not do that; check the owner and the permissions'],
  ['EROFS', 'the file system is read-only; mount it writable or use another storage URL'],
  ['ENOSPC', 'no space is left on the disk; free some'],
  ['EDQUOT', 'the disk quota is used up; free some space'],
  ['EMFILE', 'this process has too many files open; raise the limit (ulimit -n)'],
  ['ENFILE', 'the system has too many files open; raise the limit'],
  ['EIO', 'the disk or the network file system failed; check it'],
  ['ENAMETOOLONG', 'the file system does not take names this long; use shorter ones'],
  ['ENOTDIR', 'a part of the path is a file, not a directory; move it away'],
  ['EEXIST', 'a part of the path is a file, not a directory; move it away'],
  ['EISDIR', 'it is a directory; move it away'],
  ['EXDEV', 'it lies on another file system than the storage directory; use that one as the storage URL'],
]);

/**
 * The failure of a file operation as one sentence with the path and the cause.
 *
 * @param verb what was tried: `read`, `write`, `list` …
 * @returns `error` itself when it is a `StorageError` already
 */
export function directoryError(verb: string, path: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const explanation = code === undefined ? undefined : EXPLANATIONS.get(code);
  const cause = explanation ? `${explanation} (${code})` : error instanceof Error ? error.message : String(error);
  return new StorageError(`cannot ${verb} ${path}: ${cause}`, { cause: error });
}

/** Nothing is there either where a directory is, below a file, or at the end of links that lead nowhere. */
const ABSENCE: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'];

export function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ABSENCE.includes(error.code);
}
