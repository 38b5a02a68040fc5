import { type CsvRecords, fieldKind } from '../../../../text/csv-records.ts';

/** The rows of one block in plain form: the block itself while all of it is plain, else a copy with what had to be changed. */
export class RowsOut {
  private readonly bytes: Buffer;
  /** Offset from which the bytes are plain and not copied yet. */
  private plainFrom: number;
  private copy: Buffer | undefined;
  private copiedBytes = 0;
  private readonly delimiter: string;

  constructor(bytes: Buffer, from: number, delimiter: string) {
    this.bytes = bytes;
    this.plainFrom = from;
    this.delimiter = delimiter;
  }

  /** Leaves out the bytes between two offsets. */
  drop(from: number, to: number): void {
    this.copyPlain(from);
    this.plainFrom = to;
  }

  /** Writes the record at `at` with its line break as LF, with quotes around fields that hold some, and `missing` empty fields at its end. */
  rewrite(records: CsvRecords, at: number, missing: number): void {
    const { delimiter } = this;
    const { fieldCount, kinds } = records;
    if (!kinds.subarray(0, fieldCount).includes(fieldKind.plainWithQuotes)) {
      this.copyPlain(records.end); // with all that is plain before it
    } else {
      this.copyPlain(at);
      const fields = Array.from({ length: fieldCount }, (_, field) => this.field(records, field));
      this.append(Buffer.from(fields.join(delimiter)));
    }
    this.append(Buffer.from(`${delimiter.repeat(missing)}\n`));
    this.plainFrom = records.next;
  }

  /** @returns what there is up to an offset; the next rows begin there */
  take(to: number): Buffer {
    if (this.copy === undefined) {
      const plain = this.bytes.subarray(this.plainFrom, to);
      this.plainFrom = to;
      return plain;
    }
    this.copyPlain(to);
    this.plainFrom = to;
    const taken = this.copy.subarray(0, this.copiedBytes);
    [this.copy, this.copiedBytes] = [undefined, 0];
    return taken;
  }

  private field(records: CsvRecords, field: number): string {
    const raw = this.bytes.toString('utf8', records.starts[field], records.ends[field]);
    const kind = records.kinds[field];
    if (kind === fieldKind.plain) return raw;
    return `"${kind === fieldKind.plainWithQuotes ? raw.replaceAll('"', '""') : raw}"`;
  }

  private copyPlain(to: number): void {
    const sizeBytes = to - this.plainFrom;
    this.reserve(sizeBytes);
    this.copiedBytes += this.bytes.copy(this.copy as Buffer, this.copiedBytes, this.plainFrom, to);
  }

  private append(bytes: Buffer): void {
    this.reserve(bytes.length);
    this.copiedBytes += bytes.copy(this.copy as Buffer, this.copiedBytes);
  }

  private reserve(sizeBytes: number): void {
    this.copy ??= Buffer.allocUnsafeSlow(this.bytes.length + 1024);
    if (this.copiedBytes + sizeBytes <= this.copy.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.copiedBytes + sizeBytes));
    this.copy.copy(larger, 0, 0, this.copiedBytes);
    this.copy = larger;
  }
}
