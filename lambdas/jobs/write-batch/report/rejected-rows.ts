/**
 * The report of rejected rows. S3 cannot append, so each checkpoint adds a part, and the end joins them. The checkpoint holds the numbers of
 * the parts: one that a crash left behind is not among them, so no row is reported twice.
 */
import { Readable } from 'node:stream';
import type { JobContext } from '../../../core/contract/context.ts';

export interface Part {
  readonly number: number;
  readonly bytes: number;
}

type Files = JobContext['files'];

const reportName = 'rejected.ndjson';
const contentType = 'application/x-ndjson';
/** This many parts of about the same size are joined: a report of any length has few parts, and each byte is copied a few times. */
const partsPerMerge = 4;
const minTierBytes = 64 * 1024;

export class RejectedRows {
  private readonly files: Files;
  private parts: readonly Part[];
  private nextNumber: number;

  /** @param parts those in the checkpoint; other parts are from a run that died and are removed */
  constructor(files: Files, parts: readonly Part[]) {
    this.files = files;
    this.parts = parts;
    this.nextNumber = Math.max(0, ...parts.map(({ number }) => number)) + 1;
    this.removeObsoleteParts();
  }

  /** The current parts, for the checkpoint. */
  list(): readonly Part[] {
    return this.parts;
  }

  /** Writes the lines as a part. Save the checkpoint next, then call `removeObsoleteParts`. */
  async add(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const text = ndjson(lines);
    this.parts = [...this.parts, await this.write(text, Buffer.byteLength(text))];
    for (let group = this.trailingPartsOfOneTier(); group.length >= partsPerMerge; group = this.trailingPartsOfOneTier()) {
      const bytes = group.reduce((sum, part) => sum + part.bytes, 0);
      this.parts = [...this.parts.slice(0, -group.length), await this.write(Readable.from(this.contents(group)), bytes)];
    }
  }

  /** Removes parts that are no longer listed. Call it only after the checkpoint is saved: until then a crash needs them. */
  removeObsoleteParts(): void {
    const kept = new Set(this.parts.map(partName));
    for (const name of this.files.list()) if (/^rejected-\d+\.ndjson$/.test(name) && !kept.has(name)) this.files.remove(name);
  }

  /** @param lines those after the last part @returns where the whole report is handed out, or null if no row was rejected */
  async finish(lines: readonly string[]): Promise<string | null> {
    if (this.parts.length === 0) return lines.length === 0 ? null : this.files.write(reportName, ndjson(lines), contentType);
    const url = await this.files.write(reportName, Readable.from(this.contents(this.parts, lines)), contentType);
    this.parts = [];
    this.removeObsoleteParts();
    return url;
  }

  private async write(body: string | Readable, bytes: number): Promise<Part> {
    const part = { number: this.nextNumber++, bytes };
    await this.files.write(partName(part), body, contentType);
    return part;
  }

  private async *contents(parts: readonly Part[], lines: readonly string[] = []): AsyncGenerator<Buffer> {
    for (const part of parts) for await (const chunk of await this.files.read(partName(part))) yield Buffer.from(chunk);
    if (lines.length > 0) yield Buffer.from(ndjson(lines));
  }

  private trailingPartsOfOneTier(): readonly Part[] {
    const last = this.parts.at(-1);
    const start = this.parts.findLastIndex((part) => last !== undefined && tierOf(part) > tierOf(last)) + 1;
    return this.parts.slice(start);
  }
}

function tierOf({ bytes }: Part): number {
  return Math.max(0, Math.ceil(Math.log(bytes / minTierBytes) / Math.log(partsPerMerge)));
}

function partName({ number }: Part): string {
  return `rejected-${String(number).padStart(6, '0')}.ndjson`;
}

function ndjson(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
