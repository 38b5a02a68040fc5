/** The text of types: deterministic to the byte, two spaces for each level. */
import type { Member, TypeNode } from './type-nodes.ts';

/** @param indent the spaces before the line that the type ends on @returns a TypeScript type */
export function textOf(type: TypeNode, indent = ''): string {
  switch (type.kind) {
    case 'name':
      return type.text;
    case 'union':
      return type.of.map((one) => textOf(one, indent)).join(' | ');
    case 'intersection':
      return type.of.map((one) => grouped(one, indent, ['union'])).join(' & ');
    case 'array':
      return `readonly ${element(type.item, indent)}[]`;
    case 'tuple':
      return tupleText(type, indent);
    case 'object':
      return objectText(type, indent);
  }
}

/** @returns a name as a property: itself where it is an identifier, else quoted */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** @returns a text as a literal in single quotes */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** @returns a doc comment with its line break; empty where there is nothing to say. Nothing in the lines can end it, or act as a tag */
export function commentText(lines: readonly string[], indent: string): string {
  const safe = lines.map((line) => line.toWellFormed().replaceAll('*/', '*\\/'));
  if (safe.length === 0) return '';
  if (safe.length === 1) return `${indent}/** ${safe[0]} */\n`;
  return [`${indent}/**`, ...safe.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`, ''].join('\n');
}

function grouped(type: TypeNode, indent: string, kinds: readonly TypeNode['kind'][]): string {
  const text = textOf(type, indent);
  return kinds.includes(type.kind) ? `(${text})` : text;
}

function element(type: TypeNode, indent: string): string {
  return grouped(type, indent, ['union', 'intersection', 'array', 'tuple']);
}

function tupleText({ elements, rest }: Extract<TypeNode, { kind: 'tuple' }>, indent: string): string {
  const parts = elements.map(({ type, isOptional }) => (isOptional ? `${element(type, indent)}?` : textOf(type, indent)));
  // Not `...readonly T[]`, which the compiler resolves at once, so that a tuple could not hold itself. The whole tuple is readonly as it is.
  const others = rest === undefined ? [] : [`...${element(rest, indent)}[]`];
  return `readonly [${[...parts, ...others].join(', ')}]`;
}

function objectText({ members, others }: Extract<TypeNode, { kind: 'object' }>, indent: string): string {
  const inner = `${indent}  `;
  const index = others === undefined ? '' : `readonly [name: string]: ${textOf(others, members.length === 0 ? indent : inner)}`;
  if (members.length === 0) return index === '' ? '{}' : `{ ${index} }`;
  return `{\n${members.map((member) => memberText(member, inner)).join('')}${index === '' ? '' : `${inner}${index};\n`}${indent}}`;
}

function memberText({ name, type, isOptional, notes }: Member, indent: string): string {
  return `${commentText(notes, indent)}${indent}readonly ${propertyName(name)}${isOptional ? '?' : ''}: ${textOf(type, indent)};\n`;
}
