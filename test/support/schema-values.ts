/** Random values of the SDK's schemas, and the XML that EC2 answers with them. */
import { NormalizedSchema } from '@smithy/core/schema';
import fc from 'fast-check';

/** What the SDK accepts as a schema. */
export type Schema = Parameters<typeof NormalizedSchema.of>[0];

/** Texts with what XML and forms have to escape; a carriage return is left out, since XML's readers make a line feed of it. */
const text = fc.oneof(
  fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map((value) => value.replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')),
  fc.constantFrom('', ' a b ', '&<>"\'', '%+/=', 'ü€😀', '0', 'true', 'null', '2026-11-27T00:00:00Z'),
);

/** Any input of an operation: each member is there or not. */
export function inputs(schema: Schema): fc.Arbitrary<object> {
  return anyOf(NormalizedSchema.of(schema)) as fc.Arbitrary<object>;
}

function anyOf(schema: NormalizedSchema): fc.Arbitrary<unknown> {
  if (schema.isStructSchema()) {
    const members = [...schema.structIterator()].map(([name, member]) => [name, anyOf(member)] as const);
    return fc.record(Object.fromEntries(members), { requiredKeys: [] });
  }
  if (schema.isListSchema()) return fc.array(anyOf(schema.getValueSchema()), { maxLength: 3 });
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isTimestampSchema()) return fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true });
  if (schema.isBlobSchema()) return fc.uint8Array({ maxLength: 10 });
  if (schema.isNumericSchema()) return fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0.5));
  if (schema.isStringSchema()) return text;
  throw new Error(`no values for ${schema.getName(true)}`);
}

/** Answers of an operation: any members, in any order, beside elements that the schema does not know, with space between them or without. */
export function answers(operation: string, schema: Schema): fc.Arbitrary<string> {
  return elementsOf(NormalizedSchema.of(schema)).map(
    (content) =>
      `<?xml version="1.0" encoding="UTF-8"?>\n<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
      `<requestId>a1b2</requestId>${content}</${operation}Response>`,
  );
}

const unknownElement = fc.constantFrom('', '', '', '<notYetKnown>1</notYetKnown>', '<newSet><item><a>1</a></item></newSet>', '<empty/>');

function elementsOf(struct: NormalizedSchema): fc.Arbitrary<string> {
  const elements = [...struct.structIterator()].map(([name, member]) => {
    const tag = member.getMergedTraits().xmlName ?? name;
    return fc.option(contentOf(member), { nil: undefined, freq: 4 }).map((content) => element(tag, content));
  });
  return fc
    .tuple(fc.shuffledSubarray(elements.map((_, index) => index)), fc.tuple(...elements), unknownElement, fc.constantFrom('', '\n    '))
    .map(([order, all, unknown, space]) => [unknown, ...order.map((index) => all[index])].join(space));
}

function contentOf(schema: NormalizedSchema): fc.Arbitrary<string> {
  if (schema.isStructSchema()) return elementsOf(schema);
  if (!schema.isListSchema()) return anyOf(schema).map(plainText);
  const tag = schema.getValueSchema().getMergedTraits().xmlName ?? 'member';
  return fc.array(contentOf(schema.getValueSchema()), { maxLength: 3 }).map((items) => items.map((item) => element(tag, item)).join(''));
}

function element(tag: unknown, content: string | undefined): string {
  if (content === undefined) return '';
  return content === '' ? `<${tag}/>` : `<${tag}>${content}</${tag}>`;
}

function plainText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
