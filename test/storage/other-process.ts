// What the tests run as processes of their own: `node other-process.ts TASK PATH [COUNT]`.
import { readFileSync, writeFileSync } from 'node:fs';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { withFileLock } from '../../src/storage/file-lock.ts';
import { ConflictError } from '../../src/storage/object-store.ts';
import { increment } from './increment.ts';

const [task, path = '', count = '1'] = process.argv.slice(2);

switch (task) {
  case 'count-in-store': {
    const store = new DirectoryStore(path);
    for (let round = 0; round < Number(count); round++) await increment(store, 'counter');
    break;
  }
  case 'create-in-store': {
    const store = new DirectoryStore(path);
    let created = 0;
    for (let object = 0; object < Number(count); object++) {
      try {
        await store.put(`object-${object}`, Buffer.from(String(process.pid)), { ifNoneMatch: '*' });
        created++;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
    }
    process.stdout.write(String(created));
    break;
  }
  case 'count-under-lock':
    for (let round = 0; round < Number(count); round++) {
      await withFileLock(`${path}.lock`, () => writeFileSync(path, String(Number(readFileSync(path, 'utf8')) + 1)));
    }
    break;
  case 'put-until-killed': {
    const store = new DirectoryStore(path);
    process.stdout.write('started');
    const putInTurn = async (writer: number) => {
      for (let round = 0; ; round++) {
        // 100 KB of one byte, so that a torn object shows
        await store.put(`deep/folder/object-${round % 3}`, Buffer.alloc(100_000, (writer * 50 + round) % 251));
      }
    };
    await Promise.all([putInTurn(0), putInTurn(1), putInTurn(2)]);
    break;
  }
  default:
    throw new Error(`no task ${task}`);
}
