import { readFileSync } from 'node:fs';

/** Of this program, as in its package.json. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
