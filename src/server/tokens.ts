import { createHash, timingSafeEqual } from 'node:crypto';
import { UsageError } from '../errors.ts';

/** What a token allows. read: look; write: log rows; operate: start things and change configurations. */
export const SCOPES = ['read', 'write', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks, as far as is known. */
export interface Client {
  /** Of the token. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

interface Token extends Client {
  readonly hash: Buffer;
}

/** Whoever may ask. */
export interface Tokens {
  readonly count: number;
  /** The client that a token belongs to. */
  find(token: string): Client | undefined;
}

/** What `printf %s "$TOKEN" | sha256sum` says where TOKEN is not set. */
const OF_NOTHING = createHash('sha256').update('').digest('hex');

const LINE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s+([a-z,]+)\s+([0-9a-fA-F]{64})$/;

/**
 * Reads tokens, one a line (or separated by semicolons): name, scopes with commas between them, SHA-256 of the token in hex.
 * `#` begins a comment. Throws `UsageError` naming the lines that are wrong, without what stands in them.
 */
export function parseTokens(text: string, source: string): Tokens {
  const tokens: Token[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/[\n;]/).entries()) {
    const bare = line.replace(/#.*/, '').trim();
    if (bare === '') continue;
    const [, name, list = '', hash = ''] = LINE.exec(bare) ?? [];
    const scopes = list.split(',').filter(isScope);
    if (name === undefined || scopes.length !== list.split(',').length) {
      problems.push(
        `${source}, line ${index + 1}: must be a name, scopes (${SCOPES.join(', ')}) and the SHA-256 of the token in hex, as in: grafana read 5e88…`,
      );
    } else if (hash.toLowerCase() === OF_NOTHING) {
      problems.push(`${source}, line ${index + 1}: is the SHA-256 of nothing; the variable that was hashed was empty`);
    } else if (tokens.some((token) => token.name === name)) {
      problems.push(`${source}, line ${index + 1}: there are two tokens of that name; give each its own`);
    } else {
      tokens.push({ name, scopes, hash: Buffer.from(hash, 'hex') });
    }
  }
  if (problems.length > 0) throw new UsageError(problems);
  return {
    count: tokens.length,
    find(presented) {
      if (presented === '') return undefined;
      const hash = createHash('sha256').update(presented).digest();
      let found: Token | undefined;
      // All of them, so that time tells nothing.
      for (const token of tokens) if (timingSafeEqual(token.hash, hash)) found = token;
      return found;
    },
  };
}

function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
