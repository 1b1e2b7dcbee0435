import type { Logger } from '../config/logger.ts';
import type { Io } from './io.ts';

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere one log line when the step begins. */
export async function startProgress(io: Io, logger: Logger, step: string): Promise<Progress> {
  if (io.stderr.isTTY !== true || logger.level === 'silent') {
    logger.info(step);
    return { update: () => undefined, stop: () => undefined };
  }
  const { SingleBar, Presets } = await import('cli-progress');
  const bar = new SingleBar(
    {
      format: `${step} {bar} {percentage} % · {eta_formatted} left`,
      stream: io.stderr,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 20,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(done, total) {
      if (!started) bar.start(total, done);
      else bar.update(done);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
