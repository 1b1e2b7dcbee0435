import type { Command } from 'commander';
import { type Io, printJson } from './io.ts';
import { defineCommand } from './options.ts';

const DOCUMENTS = {
  baseline: 'a baseline',
  report: 'a report',
  alert: 'an alert',
  history: 'a line of the history',
  config: 'the configuration file',
} as const;
type DocumentName = keyof typeof DOCUMENTS;

export function registerSchema(program: Command, io: Io): void {
  const group = program
    .command('schema')
    .description('JSON Schemas of the documents that the program reads and writes');
  for (const name of Object.keys(DOCUMENTS) as DocumentName[]) {
    const command = group
      .command(name)
      .description(`JSON Schema of ${DOCUMENTS[name]}`)
      .addHelpText('after', `\nExamples:\n  drift-monitor schema ${name} > ${name}.schema.json`);
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
    case 'history':
      return z.toJSONSchema((await import('../history/line.ts')).historyLineSchema);
    case 'config':
      return z.toJSONSchema((await import('../config/settings.ts')).settingsSchema, { io: 'input' });
  }
}
