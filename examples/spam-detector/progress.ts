import { SingleBar } from 'cli-progress';

/**
 * Runs a step of known length. On a terminal a bar shows how far it is, elsewhere one line says that it is done; both go to
 * stderr. `work` is handed `advance`, to be called once a unit.
 */
export async function withProgress<T>(
  title: string,
  units: number,
  work: (advance: () => void) => T | Promise<T>,
): Promise<T> {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  if (!process.stderr.isTTY) {
    const result = await work(() => {});
    process.stderr.write(`${title}: done in ${seconds()} s\n`);
    return result;
  }
  const format = `${title.padEnd(32)} {bar} {value}/{total}`;
  const bar = new SingleBar({ format, stream: process.stderr, barsize: 30, hideCursor: true, linewrap: false });
  bar.start(units, 0);
  try {
    return await work(() => bar.increment());
  } finally {
    bar.stop();
  }
}
