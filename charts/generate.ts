/**
 * Keeps the chart in step with the program: `npm run chart` writes the program's settings into values.schema.json, the table of
 * values into the chart's README, and the chart's rules about models into the example for Prometheus without the chart.
 * Everything else in the first two is written by hand.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingsSchema } from '../src/config/settings.ts';

export interface ChartFiles {
  /** values.schema.json */
  readonly schema: string;
  /** README.md, with the table between two comments. */
  readonly readme: string;
}

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

const CHART = new URL('./drift-monitor/', import.meta.url);
/** These have values of their own: storage.url, models, scale.mode … */
const ELSEWHERE = /^(storageUrl|logsUrl|models|modelName|modelVersion|scale.*|serve.*)$/;
const TABLE = /(<!-- values -->\n)[\s\S]*(<!-- \/values -->)/;

/** The files as they should be, given what they are and the text of values.yaml. */
export function generate(files: ChartFiles, values: string): ChartFiles {
  const schema = JSON.parse(files.schema);
  const { models, ...settings } = programSettings();
  const model = models?.items ?? {};
  // `--set models[0].version=3` makes a number of it.
  const version = { ...model.properties?.version, type: ['string', 'integer'] };
  schema.properties.models.items = { ...model, description: 'A model', properties: { ...model.properties, version } };
  schema.properties.settings.properties = Object.fromEntries(
    Object.entries(settings).filter(([name]) => !ELSEWHERE.test(name)),
  );
  const table = valueRows(schema, parse(values), '');
  return {
    schema: `${JSON.stringify(schema, null, 2)}\n`,
    readme: files.readme.replace(TABLE, (_, begin, end) => `${begin}\n${HEAD}${table.join('')}\n${end}`),
  };
}

/** JSON Schema of each setting, without the keywords that are the program's own. */
function programSettings(): Record<string, Schema> {
  const own = /^(env|flag|unit|allowed)$/;
  const json = z.toJSONSchema(settingsSchema, { io: 'input' });
  return Object.fromEntries(Object.entries(json.properties ?? {}).map(([name, schema]) => [name, only(schema)]));

  function only(schema: unknown): Schema {
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return {};
    const kept = Object.entries(schema).filter(([keyword]) => !own.test(keyword));
    return Object.fromEntries(
      kept.map(([keyword, value]) => {
        if (keyword === 'properties') {
          return [keyword, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, only(inner)]))];
        }
        const isSchema = keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object');
        return [keyword, isSchema ? only(value) : value];
      }),
    );
  }
}

const HEAD = '| value | default | what it is |\n|---|---|---|\n';

function valueRows(schema: Schema, defaults: unknown, path: string): string[] {
  const rows: string[] = [];
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const here = path === '' ? name : `${path}.${name}`;
    const value = memberOf(defaults, name) ?? inner.default;
    const isGroup = inner.properties !== undefined && inner.additionalProperties === false;
    const shown = isGroup || value === undefined ? '' : `\`${JSON.stringify(value)}\``;
    rows.push(`| \`${here}\` | ${shown} | ${description(inner)} |\n`);
    if (isGroup) rows.push(...valueRows(inner, value, here));
    if (inner.items !== undefined) rows.push(...valueRows(inner.items, undefined, `${here}[]`));
    if (typeof inner.additionalProperties === 'object') {
      rows.push(...valueRows(inner.additionalProperties, undefined, `${here}.*`));
    }
  }
  return rows;
}

function memberOf(container: unknown, name: string): unknown {
  return typeof container === 'object' && container !== null ? Reflect.get(container, name) : undefined;
}

function description({ description = '', enum: allowed, items }: Schema): string {
  const values = allowed ?? items?.enum;
  const choice = values === undefined ? '' : ` (${values.map((value) => `\`${value}\``).join(', ')})`;
  return `${description.replaceAll('<', '&lt;').replaceAll('|', '\\|')}${choice}`;
}

/** The rules about models as a PrometheusRule of their own. */
export function prometheusExample(groups: string): string {
  return `${EXAMPLE_HEAD}${groups.replace(/^(?=.)/gm, '    ')}`;
}

const EXAMPLE_HEAD = `# Rules on the metrics that \`drift-monitor detect\` pushes or writes (metrics.pushgatewayUrl, metrics.textfileDirectory), for the
# Prometheus operator. Without the operator put what stands under spec into a rule file. Made from the chart by \`npm run chart\`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: model-drift
spec:
  groups:
`;

export const EXAMPLE = new URL('../examples/prometheus/prometheus-rule.yaml', import.meta.url);

export function readChartFile(name: string): string {
  return readFileSync(new URL(name, CHART), 'utf8');
}

if (import.meta.main) {
  const before = { schema: readChartFile('values.schema.json'), readme: readChartFile('README.md') };
  const after = generate(before, readChartFile('values.yaml'));
  writeFileSync(new URL('values.schema.json', CHART), after.schema);
  writeFileSync(new URL('README.md', CHART), after.readme);
  writeFileSync(EXAMPLE, prometheusExample(readChartFile('rules/models.yaml')));
}
