/** What this room uses of parquetjs-lite 0.8, which has no types of its own. */
declare module 'parquetjs-lite' {
  export interface FieldOptions {
    type?: 'BOOLEAN' | 'DOUBLE' | 'FLOAT' | 'INT64' | 'UTF8' | 'TIMESTAMP_MILLIS' | 'LIST';
    optional?: boolean;
    repeated?: boolean;
    compression?: 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP';
    statistics?: false;
    fields?: Record<string, FieldOptions>;
  }

  export interface Field {
    name: string;
    /** Names from the root; becomes `path_in_schema` in the footer. Joined by commas it is the key into a `RowBuffer`. */
    path: string[];
    isNested?: boolean;
  }

  export class ParquetSchema {
    constructor(fields: Record<string, FieldOptions>);
    /** Depth first, groups before their children. */
    readonly fieldList: Field[];
  }

  /** Dremel-shredded values: what `ParquetShredder.shredRecord` makes of rows. `values` has no entry for a null. */
  export interface ShreddedColumn {
    dlevels: ArrayLike<number>;
    rlevels: ArrayLike<number>;
    values: ArrayLike<unknown>;
    distinct_values: Set<unknown>;
    count: number;
  }

  export interface RowBuffer {
    rowCount: number;
    pageRowCount: number;
    columnData: Record<string, ShreddedColumn>;
    pages: Record<string, unknown[]>;
  }

  export interface WriterOptions {
    useDataPageV2?: boolean;
    pageIndex?: boolean;
  }

  export class ParquetEnvelopeWriter {
    constructor(
      schema: ParquetSchema,
      write: (bytes: Buffer) => void,
      close: () => void,
      fileOffset: number,
      options: WriterOptions,
    );
    readonly schema: ParquetSchema;
    writeHeader(): void;
    writeIndex(): void;
    writeFooter(userMetadata: Record<string, string>): void;
  }

  export class ParquetWriter {
    /** Writes the header. */
    constructor(schema: ParquetSchema, envelope: ParquetEnvelopeWriter, options: WriterOptions);
    rowBuffer: RowBuffer;
    /** Writes `rowBuffer` as a row group, then index and footer. */
    close(): Promise<void>;
  }

  const parquet: {
    ParquetSchema: typeof ParquetSchema;
    ParquetEnvelopeWriter: typeof ParquetEnvelopeWriter;
    ParquetWriter: typeof ParquetWriter;
  };
  export default parquet;
}
