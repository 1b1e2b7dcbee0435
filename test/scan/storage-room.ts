import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeBaseline } from '../../src/baseline/baseline.ts';
import { generateBaseline } from '../../src/baseline/generate.ts';
import { saveBaseline } from '../../src/baseline/store.ts';
import { configuredModel } from '../../src/config/judgement.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { detect } from '../../src/report/detect.ts';
import type { Report } from '../../src/report/schema.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { objectOf } from './read-columns.ts';

const NOW = Date.UTC(2025, 11, 24, 18, 30);
const HOUR = 'inference-logs/year=2025/month=12/day=24/hour=17';

/** A directory storage of one model; its window is one hour. */
export class StorageRoom {
  readonly directory: string;
  readonly store: DirectoryStore;
  readonly #configuration = loadConfiguration({
    flags: new Map([
      ['modelName', 'm'],
      ['modelVersion', 'v1'],
      ['analysisWindowHours', '1'],
    ]),
    configFile: undefined,
    env: {},
  });

  private constructor(directory: string) {
    this.directory = directory;
    this.store = new DirectoryStore(directory);
  }

  static async open(): Promise<StorageRoom> {
    return new StorageRoom(await mkdtemp(join(tmpdir(), 'storage-room-')));
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  /** Makes the baseline of these training data. */
  async train(parquet: Uint8Array): Promise<void> {
    const key = 'training-data/m/v1/data.parquet';
    await this.#write(key, parquet);
    const { settings } = this.#configuration;
    const { model, judgement } = configuredModel(this.#configuration);
    const object = await objectOf(this.store, key);
    const baseline = await generateBaseline({
      model,
      sources: [{ name: key, store: this.store, object }],
      settings,
      columns: judgement.columns,
      workers: 2,
      now: () => new Date(NOW),
      onProgress: () => undefined,
    });
    await saveBaseline(this.store, encodeBaseline(baseline));
  }

  /** Puts a file into the window's hour. Returns its key. */
  async log(name: string, bytes: Uint8Array): Promise<string> {
    const key = `${HOUR}/${name}`;
    await this.#write(key, bytes);
    return key;
  }

  logPath(name: string): string {
    return join(this.directory, HOUR, name);
  }

  async forgetLogs(): Promise<void> {
    await rm(join(this.directory, HOUR), { recursive: true, force: true });
  }

  async detect(): Promise<Report> {
    const [detected] = await detect({
      store: this.store,
      logs: this.store,
      models: [configuredModel(this.#configuration)],
      settings: this.#configuration.settings,
      at: Date.UTC(2025, 11, 24, 17),
      useStored: true,
      workers: 2,
      now: () => NOW,
      version: '0',
      onProgress: () => undefined,
    });
    if (detected === undefined || 'error' in detected) throw detected?.error ?? new Error('nothing was detected');
    return detected.report;
  }

  async #write(key: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.directory, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}
