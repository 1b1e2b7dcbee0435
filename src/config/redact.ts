import { withoutSecrets } from '../storage/secrets.ts';

/** A URL may hold a signature in its query and a password in front of its host; a connection string holds a key. */
export function redact(text: string): string {
  return withoutSecrets(text.replace(/\?\S*/g, '?…').replace(/\/\/[^/\s]*@/g, '//…@'));
}

/** A setting as a person may see it: of the URLs and headers in it no more than hosts, names and references. */
export function redactSetting(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    if (/^\$\{[^}]*\}$/.test(value)) return value;
    if (name === 'url' || name === 'pushgatewayUrl') return URL.canParse(value) ? `${new URL(value).origin}/…` : '…';
    return name === 'headers' ? '…' : redact(value);
  }
  if (Array.isArray(value)) return value.map((item) => redactSetting(item, name));
  if (typeof value !== 'object' || value === null) return value;
  const inner = (key: string) => (name === 'headers' ? name : key);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactSetting(item, inner(key))]));
}
