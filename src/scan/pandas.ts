import { z } from 'zod';

/** What pandas notes about a file's columns, under the key `pandas` of the footer (pandas' developer guide, "Storing metadata"). */
const schema = z.object({
  index_columns: z.array(z.unknown()),
  columns: z.array(z.object({ name: z.string().nullish(), field_name: z.string().nullish(), pandas_type: z.string() })),
});

export interface PandasNotes {
  /** Columns that were row labels. */
  readonly index: ReadonlySet<unknown>;
  /** Columns of the type `category`, which are categories whatever their values are. */
  readonly categories: ReadonlySet<string>;
}

/** Nothing where another program wrote the file, or the notes are not as they should be. */
export function pandasNotes(keyValues: ReadonlyMap<string, string>): PandasNotes {
  const { data } = schema.safeParse(parsed(keyValues.get('pandas')));
  const categories = (data?.columns ?? []).filter(({ pandas_type }) => pandas_type === 'categorical');
  return {
    index: new Set(data?.index_columns),
    categories: new Set(categories.flatMap(({ name, field_name }) => field_name ?? name ?? [])),
  };
}

/** Whether a column is row labels without a name, which say nothing about a row. */
export function isRowLabel(name: string, notes: PandasNotes): boolean {
  return /^__index_level_\d+__$/.test(name) || (name === 'index' && notes.index.has(name));
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
