import { readFileSync } from 'node:fs';
import { REFERENCE } from '../config/setting.ts';

/** Where `${NAME}` and `${file:PATH}` are looked up. */
export interface SecretSources {
  readonly env: NodeJS.ProcessEnv;
  readonly readFile?: (path: string) => string;
}

export interface Resolved<T> {
  readonly value: T;
  /** What stood behind the references, to be taken out of every message. */
  readonly secrets: readonly string[];
  /** References behind which nothing is: one sentence each. */
  readonly problems: readonly string[];
}

/** Replaces the references in all texts of a setting. */
export function resolveReferences<T>(setting: T, sources: SecretSources): Resolved<T> {
  const secrets = new Set<string>();
  const problems: string[] = [];
  const lookUp = (reference: string): string => {
    try {
      const found = reference.startsWith('file:')
        ? (sources.readFile ?? readUtf8)(reference.slice('file:'.length)).trim()
        : sources.env[reference];
      if (found !== undefined && found !== '') {
        secrets.add(found);
        return found;
      }
    } catch {
      // Told as missing: what the system says of it adds nothing.
    }
    problems.push(`\${${reference}} is ${reference.startsWith('file:') ? 'no file with content' : 'not set'}`);
    return '';
  };
  const resolve = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(REFERENCE, (_, reference: string) => lookUp(reference));
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };
  return { value: resolve(setting) as T, secrets: [...secrets], problems };
}

function readUtf8(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The text without the secrets, as they are and as a URL has them. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .reduce((hidden, form) => hidden.replaceAll(form, '…'), text);
}
