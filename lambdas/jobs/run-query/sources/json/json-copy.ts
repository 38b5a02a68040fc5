/** Copies lines of JSON for DuckDB's reader: values that it would change become strings, and members get the names that it is given. */
import { type JsonLimits, JsonScanner } from '../../../../text/json-scanner.ts';
import type { JsonShape } from '../../../../text/json-shape.ts';
import { queryDecimal } from '../../values/query-decimal.ts';
import { isRows, type JsonColumn } from './json-type.ts';

export interface CopyPlan {
  /** Places whose values are written as strings. */
  readonly texts: ReadonlyMap<JsonShape, 'decimal' | 'json'>;
  /** Other names for members of the documents. */
  readonly names: ReadonlyMap<JsonShape, string>;
  /** The name of a member that wraps each document, where documents are not objects. */
  readonly wrapper: string | undefined;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export class JsonCopy extends JsonScanner {
  private readonly plan: CopyPlan;
  private edits: Edit[] = [];
  /** Number of edits that belong to accepted documents. */
  private acceptedEdits = 0;
  private isWithinText = false;

  /** @param scanned whose documents are copied */
  constructor(scanned: JsonScanner, limits: JsonLimits, plan: CopyPlan) {
    super(limits, scanned.root, scanned.objectCount);
    this.plan = plan;
  }

  override document(at: number): number {
    this.edits.length = this.acceptedEdits;
    this.isWithinText = false;
    const { wrapper } = this.plan;
    if (wrapper === undefined) return super.document(at);
    this.edits.push({ from: at, to: at, text: `{${JSON.stringify(wrapper)}:` });
    const end = super.document(at);
    this.edits.push({ from: end, to: end, text: '}' });
    return end;
  }

  override accept(): void {
    this.acceptedEdits = this.edits.length;
  }

  override passOn(end: number): Buffer {
    const parts: Buffer[] = [];
    let copied = 0;
    for (const { from, to, text } of this.edits.slice(0, this.acceptedEdits)) {
      parts.push(this.buffer.subarray(copied, from), Buffer.from(text));
      copied = to;
    }
    this.edits = [];
    this.acceptedEdits = 0;
    return parts.length === 0 ? super.passOn(end) : Buffer.concat([...parts, this.buffer.subarray(copied, end)]);
  }

  protected override value(shape: JsonShape, at: number, depth: number): number {
    const name = depth === 1 ? this.plan.names.get(shape) : undefined;
    if (name !== undefined) this.edits.push({ from: this.columnAt, to: at, text: `${JSON.stringify(name)}:` });
    const form = this.isWithinText ? undefined : this.plan.texts.get(shape);
    if (form === undefined) return super.value(shape, at, depth);
    this.isWithinText = true;
    const end = super.value(shape, at, depth);
    this.isWithinText = false;
    const text = this.buffer.toString('utf8', at, end);
    if (text !== 'null') this.edits.push({ from: at, to: end, text: JSON.stringify(form === 'decimal' ? plainDecimal(text) : text) });
    return end;
  }
}

export function copyPlan(root: JsonShape, columns: readonly JsonColumn[]): CopyPlan {
  return {
    texts: new Map(columns.flatMap(({ texts }) => texts)),
    names: new Map(columns.filter(({ shape, name }) => shape !== root && shape.name !== name).map(({ shape, name }) => [shape, name])),
    wrapper: isRows(root) ? undefined : columns[0]?.name,
  };
}

/** @returns whether the copy differs from what is copied */
export function isCopyNeeded({ texts, names, wrapper }: CopyPlan): boolean {
  return texts.size > 0 || names.size > 0 || wrapper !== undefined;
}

/** Writes a number without an exponent, which DuckDB reads as more digits than there are: it does not fit `100e-2` into a DECIMAL(3,2). */
function plainDecimal(text: string): string {
  const decimal = /[eE]/.test(text) ? queryDecimal(text) : undefined;
  if (decimal === undefined) return text;
  const { unscaled, scale } = decimal;
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`;
}
