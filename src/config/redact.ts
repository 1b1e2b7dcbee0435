import { withoutSecrets } from '../storage/secrets.ts';

/** A URL may hold a signature in its query and a password in front of its host; a connection string holds a key. */
export function redact(text: string): string {
  return withoutSecrets(text.replace(/\?\S*/g, '?…').replace(/\/\/[^/\s]*@/g, '//…@'));
}
