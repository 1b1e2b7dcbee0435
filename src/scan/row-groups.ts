import type { Footer } from './footer.ts';
import { UnreadableError } from './unreadable.ts';

/** Row groups of a file: `[from, to)`. */
export type RowGroupRange = readonly [from: number, to: number];

/**
 * The footer as if the file had these row groups only. Statistics, sizes and whatever else writers put into it stay as they are,
 * since they decide how DuckDB reads: its bytes are taken apart and joined again, not decoded and encoded.
 */
export function withRowGroups(footer: Footer, [from, to]: RowGroupRange): Footer {
  const { metadata, metadataRange, tail } = footer;
  if (from === 0 && to === metadata.rowGroups.length) return footer;
  const rowGroups = metadata.rowGroups.slice(from, to);
  if (rowGroups.length !== to - from) throw new UnreadableError(`it has no row groups ${from} to ${to - 1}`);
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0);
  const bytes = spliced(
    Buffer.from(tail.bytes.subarray(metadataRange.start - tail.start, metadataRange.end - tail.start)),
    rows,
    [from, to],
  );
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(bytes.length, 0);
  trailer.write('PAR1', 4, 'latin1');
  const before = tail.bytes.subarray(0, metadataRange.start - tail.start);
  return {
    ...footer,
    metadata: { ...metadata, rows, rowGroups },
    tail: { start: tail.start, bytes: Buffer.concat([before, bytes, trailer]) },
    metadataRange: { start: metadataRange.start, end: metadataRange.start + bytes.length },
    isPartial: true,
  };
}

/** parquet.thrift, `FileMetaData`: 3 is `num_rows`, an i64, and 4 `row_groups`, a list of structs. */
const NUM_ROWS = 3;
const ROW_GROUPS = 4;

/** Types of fields in Thrift's compact protocol (thrift-compact-protocol.md). */
const TYPE = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
};

function spliced(footer: Buffer, rows: number, [from, to]: RowGroupRange): Buffer {
  const reader = new CompactReader(footer);
  const pieces: Buffer[] = [];
  let kept = 0;
  reader.fields((field, type) => {
    if (field === NUM_ROWS) {
      pieces.push(footer.subarray(kept, reader.position), varint(BigInt(rows) * 2n));
      reader.skip(type);
      kept = reader.position;
    } else if (field === ROW_GROUPS) {
      pieces.push(footer.subarray(kept, reader.position), listHeader(to - from));
      const { size, elementType } = reader.listHeader();
      for (let index = 0; index < size; index++) {
        const start = reader.position;
        reader.skip(elementType);
        if (index >= from && index < to) pieces.push(footer.subarray(start, reader.position));
      }
      kept = reader.position;
    } else reader.skip(type);
  });
  return Buffer.concat([...pieces, footer.subarray(kept)]);
}

function listHeader(size: number): Buffer {
  return size < 15
    ? Buffer.of((size << 4) | TYPE.struct)
    : Buffer.concat([Buffer.of(0xf0 | TYPE.struct), varint(BigInt(size))]);
}

/** Little-endian base 128. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** Finds its way through a struct without looking at values. The footer has been decoded before: it is in order. */
class CompactReader {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Calls `visit` at the value of each field of a struct; it has to pass over the value. */
  fields(visit: (field: number, type: number) => void): void {
    let field = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) return;
      const delta = header >> 4;
      field = delta === 0 ? this.#zigzag() : field + delta;
      visit(field, header & 15);
    }
  }

  listHeader(): { size: number; elementType: number } {
    const header = this.#byte();
    const size = header >> 4;
    return { size: size === 15 ? this.#varint() : size, elementType: header & 15 };
  }

  skip(type: number): void {
    switch (type) {
      case TYPE.true:
      case TYPE.false:
        return;
      case TYPE.byte:
        this.position += 1;
        return;
      case TYPE.i16:
      case TYPE.i32:
      case TYPE.i64:
        this.#varint();
        return;
      case TYPE.double:
        this.position += 8;
        return;
      case TYPE.binary: {
        const length = this.#varint();
        this.position += length;
        return;
      }
      case TYPE.list:
      case TYPE.set: {
        const { size, elementType } = this.listHeader();
        for (let index = 0; index < size; index++) this.#skipElement(elementType);
        return;
      }
      case TYPE.map: {
        const size = this.#varint();
        const types = size === 0 ? 0 : this.#byte();
        for (let index = 0; index < size; index++) {
          this.#skipElement(types >> 4);
          this.#skipElement(types & 15);
        }
        return;
      }
      case TYPE.struct:
        this.fields((_, inner) => this.skip(inner));
        return;
      default:
        throw new UnreadableError(`its footer cannot be read: type ${type} is none of Thrift`);
    }
  }

  /** A boolean has a byte of its own in a list, and none in a struct. */
  #skipElement(type: number): void {
    if (type === TYPE.true || type === TYPE.false) this.position += 1;
    else this.skip(type);
  }

  #byte(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw new UnreadableError('its footer cannot be read: it breaks off');
    this.position += 1;
    return byte;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
