import { z } from 'zod';
import { MODEL_ID, MODEL_ID_IN_WORDS } from '../storage/layout.ts';

/**
 * What people need to know of a setting. `env` is its environment variable and `flag` its option on the command line; settings
 * without them exist in the file only.
 */
export interface SettingMeta {
  readonly env?: string;
  readonly flag?: string;
  readonly unit?: string;
  /** What a value must be, completing "must be …". */
  readonly allowed: string;
  readonly description: string;
}

export function setting<T extends z.ZodType>(schema: T, meta: SettingMeta): T {
  return schema.meta({ ...meta });
}

export function number(min: number, max: number, meta: Omit<SettingMeta, 'allowed'>) {
  const allowed = `a number from ${min} to ${max}${meta.unit === undefined ? '' : ` (${meta.unit})`}`;
  return setting(z.number().min(min).max(max), { ...meta, allowed });
}

export function integer(min: number, max: number, meta: Omit<SettingMeta, 'allowed'>) {
  const allowed = `a whole number from ${min} to ${max}${meta.unit === undefined ? '' : ` (${meta.unit})`}`;
  return setting(z.int().min(min).max(max), { ...meta, allowed });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, meta: Omit<SettingMeta, 'allowed'>) {
  return setting(z.enum(values), { ...meta, allowed: `one of ${values.join(', ')}` });
}

export function text(meta: Omit<SettingMeta, 'allowed'>) {
  return setting(z.string().min(1), { ...meta, allowed: 'a text that is not empty' });
}

export function texts(meta: Omit<SettingMeta, 'allowed'>) {
  return setting(z.array(z.string().min(1)), { ...meta, allowed: 'a list of texts that are not empty' });
}

/** `${NAME}` is the environment's, `${file:PATH}` the content of a file. */
export const REFERENCE = /\$\{(file:[^}]+|[A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Addresses that are a secret as a whole, and parts of others that are, where no reference stands for them. */
const SECRET_URL =
  /^https?:\/\/(hooks\.slack\.com|[^/]*\.webhook\.office\.com)\/|[?&;][^=&]*(sig|token|key|secret|password)[^=&]*=(?!\$\{)/i;
const SECRET_HEADER = /authorization|cookie|token|key|secret|password/i;

/** An address, in which everything secret is a reference. */
export function url(meta: Omit<SettingMeta, 'allowed'>) {
  const isAllowed = (value: string) =>
    value.startsWith('${') || (/^https?:\/\/(?![^/]*@)[^/\s]+/.test(value) && !SECRET_URL.test(value));
  const allowed = `a URL that begins with http:// or https:// and has nothing secret in it, or \${NAME}`;
  return setting(z.string().refine(isAllowed), { ...meta, allowed });
}

/** Never in the file itself. */
export function secret(meta: Omit<SettingMeta, 'allowed'>) {
  const isReference = (value: string) => value.replace(REFERENCE, '') === '' && value !== '';
  const allowed = `\${NAME} or \${file:PATH}: a secret stands in no configuration file`;
  return setting(z.string().refine(isReference), { ...meta, allowed });
}

/** Nothing that would end the header and begin another. */
const HEADER_VALUE = /^[^\r\n\0]*$/;

export function headerValue(meta: Omit<SettingMeta, 'allowed'>) {
  return setting(z.string().min(1).regex(HEADER_VALUE), { ...meta, allowed: 'a text of one line that is not empty' });
}

/** Of a request; what lets somebody in is a reference. */
export function headers(meta: Omit<SettingMeta, 'allowed'>) {
  const areReferences = (given: Readonly<Record<string, string>>) =>
    Object.entries(given).every(([name, value]) => !SECRET_HEADER.test(name) || value.search(REFERENCE) >= 0);
  const allowed = `a mapping of header names to texts of one line, what lets somebody in as \${NAME} or \${file:PATH}`;
  return setting(z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(HEADER_VALUE)).refine(areReferences), {
    ...meta,
    allowed,
  });
}

export function modelId(meta: Omit<SettingMeta, 'allowed'>) {
  return setting(z.string().regex(MODEL_ID), { ...meta, allowed: MODEL_ID_IN_WORDS });
}

export function instant(meta: Omit<SettingMeta, 'allowed'>) {
  const allowed = 'an instant with its time zone, such as 2026-01-31T08:00:00Z';
  return setting(z.iso.datetime({ offset: true }), { ...meta, allowed });
}
