/** The segments of a path and the shape of each: whether it is an identifier that every request may have another of, or a word of the route. */

/** Longest segment that can be a word of a route; a longer one is an identifier. Ours. */
const maxWordCharacters = 100;

const uuid = /^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i;
/** ISO 8601: a day, a month, a week, or a moment. */
const isoDate = /^\d{4}-(?:(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:[T ][\d:.,]+(?:Z|[+-][\d:]+)?)?)?|W[0-5]\d(?:-[1-7])?)$/i;
/** A number, with a sign, or a list of numbers such as coordinates. */
const numbers = /^[-+]?\d+(?:\.\d+)?(?:[,|][-+]?\d+(?:\.\d+)?)*$/;
/** A number such as `1.1` or `2.0` is a version, since a wrong guess would put two versions of an API into one endpoint. */
const shortVersion = /^\d{1,2}\.\d{1,2}$/;
const ipAddress = /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=.*::|(?:.*:){7})[0-9a-f:]+)$/i;
/** Crockford's base 32, 26 characters, the first at most 7. https://github.com/ulid/spec */
const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
/** A Mongo id has 24 of these, a digest 32, 40 or 64, a short commit 8. */
const hex = /^(?:0x)?[0-9a-f]{8,}$/i;
/** KSUIDs have 27 characters of base 62. https://github.com/segmentio/ksuid */
const ksuidCharacters = 27;
const minTokenCharacters = 16;
const longToken = /^[\w.~=+-]{16,}$/;
/** A run of letters that may be a word, or the end of one that starts with a capital. */
const words = /[a-z]{4,}/g;
/** A long number in `V2_270990429988614816` or `order-1234567`. Six digits are ours: words of routes such as `iso27001` have up to five. */
const longNumberInside = /\d{6}/;
const characterOfAnIdentifier = /[{}*%"'<>|\\^`\s=]|\+\d/;
/** A colon before what is not a verb, such as in `user:pa55w0rd`. */
const secretAfterColon = /:.*[A-Z\d]/;
/** `report.pdf`, `17.json`; an extension starts with a letter, so `1.1` has none. */
const withExtension = /^(.+)(\.[a-z][a-z0-9]{0,4})$/i;
/** A custom method such as `17:cancel`. https://google.aip.dev/136 */
const withVerb = /^(.+)(:[a-z][a-z-]*)$/i;
/** OData keys: `Orders(17)`, `Orders('a')`. */
const withKey = /^([a-z_.]+)\((.+)\)$/i;

/** The segments of a path: what is between slashes, without matrix parameters, empty ones left out. An encoded slash stays inside its segment. */
export function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  let start = 0;
  let end = -1;
  for (let i = 0; i <= path.length; i++) {
    const code = i === path.length ? 47 : path.charCodeAt(i);
    if (code === 63 || code === 35) {
      addSegment(segments, path, start, end === -1 ? i : end);
      return segments;
    }
    if (code === 59 && end === -1) end = i;
    if (code !== 47) continue;
    addSegment(segments, path, start, end === -1 ? i : end);
    start = i + 1;
    end = -1;
  }
  return segments;
}

/**
 * The placeholder that a segment becomes by its shape alone: `{id}`, `{date}` or `{email}`, with what is fixed in the segment around it, such as `{id}.json`
 * or `{id}:cancel`. `v1` to `v99` and other words stay.
 * @returns undefined for a word
 */
export function placeholderOf(segment: string): string | undefined {
  const { length } = segment;
  if (length > maxWordCharacters) return '{id}';
  // Most segments are plain lower-case words or numbers, and this runs for every new path.
  const kinds = kindsIn(segment);
  if ((kinds & ~(lower | dash)) === 0 && length < 30) return undefined;
  if (kinds === digit || (length === 36 && uuid.test(segment))) return '{id}';
  if ((kinds & other) === 0) return isoDate.test(segment) ? '{date}' : isIdentifier(segment, kinds) ? '{id}' : undefined;
  const at = segment.indexOf('@');
  if (at > 0 && at < length - 1) return '{email}';
  if (at === 0 || characterOfAnIdentifier.test(segment)) return withKeyOf(segment) ?? '{id}';
  if (isoDate.test(segment)) return '{date}';
  // What is around an identifier comes first: a token may hold a point too.
  return aroundIdentifier(segment) ?? (isIdentifier(segment, kinds) || secretAfterColon.test(segment) ? '{id}' : undefined);
}

/**
 * Whether a segment has the alphabet and the length of a token (base64url, at least 16 characters, two of digits, upper and lower case) without looking random.
 * `getMonthlyReport` does too, so this alone does not justify grouping.
 */
export function mayBeToken(segment: string): boolean {
  if (!longToken.test(segment)) return false;
  const kinds = kindsIn(segment);
  return Number((kinds & digit) !== 0) + Number((kinds & lower) !== 0) + Number((kinds & upper) !== 0) >= 2;
}

/** The form of a text without its content: letters as `a`, digits as `9`, at most 40 characters. */
export function formOf(text: string): string {
  const form = text
    .slice(0, 40)
    .replace(/[^\x20-\x7e]|[A-Z]/g, 'a')
    .replace(/[a-z]/g, 'a')
    .replace(/\d/g, '9');
  return text.length > maxFormCharacters ? `${form}…` : form;
}

function addSegment(segments: string[], path: string, start: number, end: number): void {
  if (end > start) segments.push(path.slice(start, end));
}

/** Compares the form of a segment with another form, without making it: negative, 0 or positive, in the order of texts. */
export function compareForm(segment: string, form: string): number {
  const length = Math.min(segment.length, form.length, maxFormCharacters);
  for (let i = 0; i < length; i++) {
    const code = segment.charCodeAt(i);
    const kind = kindOf(code);
    const masked = kind === digit ? 57 : kind === lower || kind === upper || code > 126 || code < 32 ? 97 : code;
    if (masked !== form.charCodeAt(i)) return masked - form.charCodeAt(i);
  }
  return Math.min(segment.length, maxFormCharacters + 1) - form.length;
}

const maxFormCharacters = 40;
const lower = 1;
const upper = 2;
const digit = 4;
const dash = 8;
const other = 16;

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return lower;
  if (code >= 48 && code <= 57) return digit;
  if (code >= 65 && code <= 90) return upper;
  return code === 45 || code === 95 ? dash : other;
}

function kindsIn(segment: string): number {
  let kinds = 0;
  for (let i = 0; i < segment.length; i++) kinds |= kindOf(segment.charCodeAt(i));
  return kinds;
}

function isIdentifier(segment: string, kinds: number): boolean {
  const { length } = segment;
  if ((kinds & digit) === 0) return length >= minTokenCharacters && longToken.test(segment) && looksRandom(segment);
  if (numbers.test(segment)) return !shortVersion.test(segment);
  if ((kinds & other) !== 0 && ipAddress.test(segment)) return true;
  if (hex.test(segment) || longNumberInside.test(segment) || uuid.test(segment)) return true;
  if (length === ksuidCharacters && (kinds & (dash | other)) === 0) return true;
  return ulid.test(segment) || (length >= minTokenCharacters && longToken.test(segment) && looksRandom(segment));
}

/**
 * Whether the kinds of characters change as often as in a random token: once in four characters or more, where a capital that starts a word does not count.
 * Base64url and base 62 change 0.45 times a character; `getUserPreferences`, `monthly-report-v2` and `AWSCredentialsProvider2` at most 0.15 times.
 * Some 8 in a hundred random tokens of 16 to 22 characters are missed, 2 of 32 (measured); the learner groups those with their siblings.
 */
function looksRandom(token: string): boolean {
  if (token.startsWith('eyJ')) return true;
  // Lower-case tokens have long runs of letters too; there the changes to digits decide alone.
  if (/[A-Z]/.test(token) && token.replace(words, withoutWord).length < 0.6 * token.length) return false;
  let changes = 0;
  let before = other;
  for (let i = 0; i < token.length; i++) {
    const kind = kindOf(token.charCodeAt(i));
    if (before !== kind && before < dash && kind < dash && !(before === upper && kind === lower)) changes++;
    before = kind;
  }
  return changes >= token.length / 4;
}

/** A run of letters without a vowel, or with four consonants in a row, is seldom a word: `nxrzq`, `ggpga`. */
const withoutWord = (run: string) => (/[aeiouy]/.test(run) && !/[^aeiouy]{4}/.test(run) ? '' : run);

function aroundIdentifier(segment: string): string | undefined {
  const [, stem, tail] = withExtension.exec(segment) ?? withVerb.exec(segment) ?? [];
  if (stem !== undefined && tail !== undefined) {
    if (isoDate.test(stem)) return `{date}${tail}`;
    return isIdentifier(stem, kindsIn(stem)) ? `{id}${tail}` : undefined;
  }
  return withKeyOf(segment);
}

function withKeyOf(segment: string): string | undefined {
  const name = withKey.exec(segment)?.[1];
  return name === undefined ? undefined : `${name}({id})`;
}
