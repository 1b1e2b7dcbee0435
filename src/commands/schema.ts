import type { Command } from 'commander';
import { type Io, printJson } from './io.ts';
import { defineCommand } from './options.ts';

const DOCUMENTS = ['baseline', 'report', 'alert', 'config'] as const;
type DocumentName = (typeof DOCUMENTS)[number];

export function registerSchema(program: Command, io: Io): void {
  const group = program
    .command('schema')
    .description('JSON Schemas of the documents that the program reads and writes');
  for (const name of DOCUMENTS) {
    const command = group
      .command(name)
      .description(`JSON Schema of ${name === 'config' ? 'the configuration file' : `a ${name}`}`);
    defineCommand(command, io, async () => {
      await printJson(io, await jsonSchema(name));
      return undefined;
    });
  }
}

export async function jsonSchema(name: DocumentName): Promise<unknown> {
  const { z } = await import('zod');
  switch (name) {
    case 'baseline':
      return z.toJSONSchema((await import('../baseline/schema.ts')).baselineSchema);
    case 'report':
      return z.toJSONSchema((await import('../report/schema.ts')).reportSchema);
    case 'alert':
      return z.toJSONSchema((await import('../alerting/schema.ts')).alertSchema);
    case 'config':
      return z.toJSONSchema((await import('../config/settings.ts')).settingsSchema, { io: 'input' });
  }
}
