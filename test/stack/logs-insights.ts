/** What of CloudWatch Logs Insights the saved queries use: which lines a filter finds. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html */

type Value = string | number | boolean;
type Fields = Readonly<Record<string, Value>>;
type Test = (fields: Fields) => boolean;

/** Returns whether a filter finds a line. A comparison with a field that the line does not have does not hold. */
export function finds(filter: string, line: string): boolean {
  const tokens = filter.match(/'[^']*'|\/(?:[^/\\]|\\.)*\/|[\w.@]+|[<>!]?=|[<>()[\],]/g) ?? [];
  if (tokens.join('') !== filter.replaceAll(/\s+(?=(?:[^']*'[^']*')*[^']*$)/g, '')) throw new Error(`What is this? ${filter}`);
  const reader = new Reader(tokens);
  const test = reader.either();
  reader.end();
  return test(fieldsOf(line));
}

/** The fields that CloudWatch discovers in a line of JSON: members of members by paths with points. A line that is not JSON has none. */
export function fieldsOf(line: string): Fields {
  const fields: Record<string, Value> = {};
  const discover = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) discover(member, path === '' ? name : `${path}.${name}`);
    else if (value !== null) fields[path] = value as Value;
  };
  try {
    discover(JSON.parse(line), '');
  } catch {
    return {};
  }
  return fields;
}

class Reader {
  private at = 0;
  private readonly tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  end(): void {
    if (this.at < this.tokens.length) throw new Error(`Not understood from here: ${this.tokens.slice(this.at).join(' ')}`);
  }

  either(): Test {
    const tests = [this.all()];
    while (this.takes('or')) tests.push(this.all());
    return (fields) => tests.some((test) => test(fields));
  }

  private all(): Test {
    const tests = [this.one()];
    while (this.takes('and')) tests.push(this.one());
    return (fields) => tests.every((test) => test(fields));
  }

  private one(): Test {
    if (this.takes('not')) {
      const test = this.one();
      return (fields) => !test(fields);
    }
    if (this.takes('(')) {
      const test = this.either();
      this.expect(')');
      return test;
    }
    if (this.takes('ispresent')) {
      this.expect('(');
      const name = this.next();
      this.expect(')');
      return (fields) => fields[name] !== undefined;
    }
    return this.comparison(this.next());
  }

  private comparison(name: string): Test {
    const operator = this.next();
    if (operator === 'in') {
      const values = this.list();
      return (fields) => fields[name] !== undefined && values.includes(fields[name]);
    }
    if (operator === 'like') {
      const pattern = new RegExp(this.next().slice(1, -1));
      return (fields) => fields[name] !== undefined && pattern.test(String(fields[name]));
    }
    const value = literal(this.next());
    return ({ [name]: field }) => field !== undefined && compare(field, operator, value);
  }

  private list(): readonly Value[] {
    this.expect('[');
    const values = [literal(this.next())];
    while (this.takes(',')) values.push(literal(this.next()));
    this.expect(']');
    return values;
  }

  private takes(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  private expect(token: string): void {
    if (!this.takes(token)) throw new Error(`${token} expected before ${this.tokens.slice(this.at).join(' ')}`);
  }

  private next(): string {
    const token = this.tokens[this.at];
    if (token === undefined) throw new Error('More expected at the end.');
    this.at += 1;
    return token;
  }
}

function literal(token: string): Value {
  return token.startsWith("'") ? token.slice(1, -1) : Number(token);
}

function compare(field: Value, operator: string, value: Value): boolean {
  // Fields of JSON are compared as numbers wherever they are ones, also in quotes.
  const left = typeof value === 'number' ? Number(field) : field;
  switch (operator) {
    case '=':
      return left === value;
    case '!=':
      return left !== value;
    case '>=':
      return left >= value;
    case '<=':
      return left <= value;
    case '>':
      return left > value;
    case '<':
      return left < value;
    default:
      throw new Error(`No operator: ${operator}`);
  }
}
