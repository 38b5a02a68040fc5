import { marshall } from '@aws-sdk/util-dynamodb';
import { marshallOptions } from './job-item.ts';

/** Builds a conditional update of a job's item that also increments its revision. Every name has a placeholder, since many are reserved words. */
export class UpdateExpression {
  private readonly sets: string[] = [];
  private readonly removes: string[] = [];
  private readonly conditions: string[] = [];
  private readonly names: Record<string, string> = { '#revision': 'revision' };
  private readonly values: Record<string, unknown> = { ':one': 1 };

  /** @param attributes new values; an attribute that is undefined is removed */
  constructor(attributes: Readonly<Record<string, unknown>>) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined) this.removes.push(this.nameOf(name));
      else this.sets.push(`${this.nameOf(name)} = ${this.valueOf(name, value)}`);
    }
  }

  append(list: string, entries: readonly unknown[]): this {
    const name = this.nameOf(list);
    this.sets.push(`${name} = list_append(${name}, ${this.valueOf(list, entries)})`);
    return this;
  }

  copy(from: string, to: string): this {
    this.sets.push(`${this.nameOf(to)} = ${this.nameOf(from)}`);
    return this;
  }

  setIfMissing(attribute: string, value: unknown): this {
    const name = this.nameOf(attribute);
    this.sets.push(`${name} = if_not_exists(${name}, ${this.valueOf(attribute, value)})`);
    return this;
  }

  /** Sets a member of an element of a list, if the element is there and does not have the member. @param path the names that lead to the list */
  setOnce(
    { path, index, member }: { readonly path: readonly string[]; readonly index: number; readonly member: string },
    value: unknown,
  ): this {
    const element = `${path.map((name) => this.nameOf(name)).join('.')}[${index}]`;
    const target = `${element}.${this.nameOf(member)}`;
    this.sets.push(`${target} = ${this.valueOf(member, value)}`);
    this.conditions.push(`attribute_exists(${element})`, `attribute_not_exists(${target})`);
    return this;
  }

  /** Adds 1 to a number, from 0 where it is missing. */
  increment(attribute: string): this {
    const name = this.nameOf(attribute);
    this.sets.push(`${name} = if_not_exists(${name}, ${this.valueOf('zero', 0)}) + :one`);
    return this;
  }

  require(attribute: string, comparison: '=' | '<=', value: unknown): this {
    this.conditions.push(`${this.nameOf(attribute)} ${comparison} ${this.valueOf(`required_${attribute}`, value)}`);
    return this;
  }

  requireMissing(attribute: string): this {
    this.conditions.push(`attribute_not_exists(${this.nameOf(attribute)})`);
    return this;
  }

  requireOneOf(attribute: string, allowed: readonly unknown[]): this {
    const values = allowed.map((value, i) => this.valueOf(`required_${attribute}_${i}`, value));
    this.conditions.push(`${this.nameOf(attribute)} IN (${values.join(', ')})`);
    return this;
  }

  build() {
    const removal = this.removes.length > 0 ? ` REMOVE ${this.removes.join(', ')}` : '';
    return {
      UpdateExpression: `SET ${this.sets.join(', ')}${removal} ADD #revision :one`,
      ConditionExpression: this.conditions.join(' AND '),
      ExpressionAttributeNames: this.names,
      ExpressionAttributeValues: marshall(this.values, marshallOptions),
    };
  }

  private nameOf(attribute: string): string {
    this.names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  }

  private valueOf(placeholder: string, value: unknown): string {
    this.values[`:${placeholder}`] = value;
    return `:${placeholder}`;
  }
}
