import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SETTING_NAMES, settingMeta, settingsSchema } from '../src/config/settings.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('README', () => {
  test.each(SETTING_NAMES)('its settings table gives variable and default of %s', (name) => {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
    const value: unknown = settingsSchema.parse({})[name];
    expect(row).toContain(settingMeta(name).env ?? '| – |');
    if (typeof value === 'string' || typeof value === 'number') expect(row).toContain(`\`${value}\``);
  });
});
