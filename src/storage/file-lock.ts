import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** A holder works for microseconds: one that is seen for this long died, or is on a host that did. */
const ABANDONED_AFTER_MS = 5_000;

export interface LockClock {
  /** ms, monotonic */
  now(): number;
  sleep(ms: number): Promise<void>;
}

const systemClock: LockClock = { now: () => performance.now(), sleep: (ms) => delay(ms) };

/**
 * Runs `critical` while this process alone holds the lock at `path`, among all processes that see the directory. `critical`
 * is synchronous on purpose: a holder is then never waiting for its own event loop, so a lock lasts as long as its system
 * calls do, and one that lasts longer is known to be abandoned.
 *
 * A lock whose process is dead on this host is taken over at once, one of another host after 5 s of watching it. Watching
 * rather than comparing times, so that clocks which disagree do no harm.
 *
 * @throws the file system's error when the lock cannot be created; whatever `critical` throws
 */
export async function withFileLock<T>(path: string, critical: () => T, clock = systemClock): Promise<T> {
  const own = JSON.stringify({ pid: process.pid, host: thisHost(), since: new Date().toISOString(), id: randomUUID() });
  let watched: { holder: string; since: number } | undefined;
  while (!create(path, own)) {
    const holder = read(path);
    if (holder === undefined) continue;
    if (watched?.holder !== holder) watched = { holder, since: clock.now() };
    if (isDead(holder) || clock.now() - watched.since >= ABANDONED_AFTER_MS) {
      await remove(path, holder, clock);
    } else {
      await clock.sleep(1 + 4 * Math.random()); // apart, so that those who wait do not meet again
    }
  }
  try {
    return critical();
  } finally {
    if (read(path) === own) unlinkSync(path);
  }
}

/**
 * Of several who find the same lock abandoned, one may remove it, and only that one: a second `unlink` would hit the lock
 * of whoever came next. So the removal has a lock of its own, named after the abandoned holder, and looks again inside.
 */
async function remove(path: string, holder: string, clock: LockClock): Promise<void> {
  const digest = createHash('sha256').update(holder).digest('hex').slice(0, 16);
  await withFileLock(
    `${path}.${digest}`,
    () => {
      if (read(path) === holder) unlinkSync(path);
    },
    clock,
  );
}

/**
 * The lock is a symbolic link whose target is the holder's description: a link and its content come into being together,
 * whereas a process can be killed between creating a file and filling it, and nobody could tell whose the file is.
 */
function create(path: string, holder: string): boolean {
  try {
    symlinkSync(holder, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
  }
  try {
    writeFileSync(path, holder, { flag: 'wx' }); // some file systems have no links
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The holder's description; undefined when there is no lock. */
function read(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isDead(holder: string): boolean {
  try {
    const { pid, host } = JSON.parse(holder) as { pid: number; host: string };
    if (host !== thisHost()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

let hostIdentity: string | undefined;

/** A process number means something within one boot and one PID namespace: containers may share a host name. */
function thisHost(): string {
  if (hostIdentity === undefined) {
    try {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      hostIdentity = `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    } catch {
      hostIdentity = hostname(); // no Linux
    }
  }
  return hostIdentity;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
