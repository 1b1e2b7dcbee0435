/** Least memory that a worker decodes ordinary files with. */
const WORKER_MIB = 64;

/** Worker threads that so much memory allows, at most one a processor. */
export function workersFor(memoryLimitMib: number, processors: number): number {
  return Math.max(1, Math.min(processors, Math.floor(memoryLimitMib / WORKER_MIB)));
}
