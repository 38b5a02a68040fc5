/**
 * What a text of a CSV field is, byte by byte: a deterministic automaton in one table. Only spellings from which the value can be written
 * back as it was have a kind; everything else (leading zeros, `+`, exponents, other orders of a date …) is text.
 */

/** One bit each, so that a column collects them. */
export const valueKind = { text: 0, integer: 1, decimal: 2, boolean: 4, date: 8, timestamp: 16, timestampNs: 32, timestampTz: 64 } as const;

const digits = '0123456789';
/** Each state's successors: characters, then the state. No line for a character means text. */
const grammar: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  start: [
    ['-', 'minus'],
    ['0', 'zero'],
    ['123456789', 'digit1'],
    ['t', 'true1'],
    ['f', 'false1'],
  ],
  // A number. The first four digits may also be a year.
  minus: [
    ['0', 'minusZero'],
    ['123456789', 'integer'],
  ],
  minusZero: [['.', 'minusZeroPoint']],
  minusZeroPoint: [
    ['0', 'minusZeroPoint'],
    ['123456789', 'decimal'],
  ],
  zero: [
    ['.', 'point'],
    [digits, 'year2'],
  ],
  digit1: [
    [digits, 'digit2'],
    ['.', 'point'],
  ],
  digit2: [
    [digits, 'digit3'],
    ['.', 'point'],
  ],
  digit3: [
    [digits, 'digit4'],
    ['.', 'point'],
  ],
  digit4: [
    [digits, 'integer'],
    ['.', 'point'],
    ['-', 'month'],
  ],
  integer: [
    [digits, 'integer'],
    ['.', 'point'],
  ],
  point: [[digits, 'decimal']],
  decimal: [[digits, 'decimal']],
  true1: [['r', 'true2']],
  true2: [['u', 'bool1']],
  bool1: [['e', 'boolean']],
  false1: [['a', 'false2']],
  false2: [['l', 'false3']],
  false3: [['s', 'bool1']],
  boolean: [],
  // A date, then a time.
  year2: [[digits, 'year3']],
  year3: [[digits, 'year4']],
  year4: [['-', 'month']],
  month: [
    ['0', 'month0'],
    ['1', 'month1'],
  ],
  month0: [['123456789', 'months']],
  month1: [['012', 'months']],
  months: [['-', 'day']],
  day: [
    ['0', 'day0'],
    ['12', 'day1'],
    ['3', 'day3'],
  ],
  day0: [['123456789', 'date']],
  day1: [[digits, 'date']],
  day3: [['01', 'date']],
  date: [['T ', 'hour']],
  hour: [
    ['01', 'hour1'],
    ['2', 'hour2'],
  ],
  hour1: [[digits, 'hours']],
  hour2: [['0123', 'hours']],
  hours: [[':', 'minute']],
  minute: [['012345', 'minute1']],
  minute1: [[digits, 'minutes']],
  minutes: [[':', 'second']],
  second: [['012345', 'second1']],
  second1: [[digits, 'seconds']],
  seconds: [
    ['.', 'fraction'],
    ['Z', 'zone'],
    ['+-', 'offset'],
  ],
  fraction: [[digits, 'fraction1']],
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((n) => [
      `fraction${n}`,
      [
        [digits, `fraction${n + 1}`],
        ['Z', 'zone'],
        ['+-', 'offset'],
      ],
    ]),
  ),
  fraction7: [[digits, 'fraction8']],
  fraction8: [[digits, 'fraction9']],
  fraction9: [],
  zone: [],
  offset: [
    ['0', 'offset0'],
    ['1', 'offset1'],
  ],
  offset0: [[digits, 'offsetHours']],
  offset1: [
    ['0123', 'offsetHours'],
    ['4', 'offset14'],
  ],
  offsetHours: [
    [':', 'offsetMinute'],
    ['012345', 'offsetMinute1'],
  ],
  // No offset is beyond 14 hours.
  offset14: [
    [':', 'offset14Minute'],
    ['0', 'offset14Minute1'],
  ],
  offset14Minute: [['0', 'offset14Minute1']],
  offset14Minute1: [['0', 'zone']],
  offsetMinute: [['012345', 'offsetMinute1']],
  offsetMinute1: [[digits, 'zone']],
};

const kindOfState: Readonly<Record<string, number>> = {
  zero: valueKind.integer,
  digit1: valueKind.integer,
  digit2: valueKind.integer,
  digit3: valueKind.integer,
  digit4: valueKind.integer,
  integer: valueKind.integer,
  decimal: valueKind.decimal,
  boolean: valueKind.boolean,
  date: valueKind.date,
  // DuckDB reads a time with a zone but without seconds as NULL, so that one stays text.
  minutes: valueKind.timestamp,
  seconds: valueKind.timestamp,
  zone: valueKind.timestampTz,
  offsetHours: valueKind.timestampTz,
  offset14: valueKind.timestampTz,
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`fraction${n}`, valueKind.timestamp])),
  ...Object.fromEntries([7, 8, 9].map((n) => [`fraction${n}`, valueKind.timestampNs])),
};

/** State 0 is text, from which nothing leads away. */
const names = ['text', ...Object.keys(grammar)];
const startState = names.indexOf('start');
const transitions = new Uint8Array(names.length * 256);
const kinds = Uint8Array.from(names, (name) => kindOfState[name] ?? valueKind.text);
for (const [state, successors] of Object.entries(grammar)) {
  for (const [characters, next] of successors) {
    for (const character of characters) transitions[names.indexOf(state) * 256 + character.charCodeAt(0)] = names.indexOf(next);
  }
}

/** @returns the kind of the bytes from `start` to `end`, without looking at the calendar */
export function kindOf(bytes: Uint8Array, start: number, end: number): number {
  let state = startState;
  for (let i = start; i < end; i++) state = transitions[(state << 8) | (bytes[i] as number)] as number;
  return kinds[state] as number;
}
