import { StorageError } from './object-store.ts';

/**
 * Refuses a key that some driver would take for another than it is: `.` and `..` segments lead out of the storage, in a path
 * and in a URL; Azure turns `\` into `/`; NUL ends a path; a lone surrogate has no UTF-8.
 *
 * @throws StorageError
 */
export function assertKey(key: string, url: string): void {
  const sound = key !== '' && key.isWellFormed() && !/[\\\0]/.test(key) && !hasSegment(key, ['.', '..']);
  if (!sound) throw refusedKey(key, url);
}

export function hasSegment(key: string, segments: readonly string[]): boolean {
  return key.split('/').some((segment) => segments.includes(segment));
}

export function refusedKey(key: string, url: string): StorageError {
  return new StorageError(
    `${JSON.stringify(key)} cannot be a key in ${url}: use names without "\\" and NUL, separated by "/", none of them empty, "." or ".."`,
  );
}
