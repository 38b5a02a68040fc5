/** The headers of answers, as the OpenAPI document describes them. */

interface HeaderDescription {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Whether every answer with this header in its description has it. @default true */
  readonly isAlwaysThere?: false;
}

const text = { type: 'string' };

export const headers = {
  Location: { description: 'The path of the job, or a link to its data.', schema: { type: 'string', format: 'uri-reference' } },
  'Retry-After': {
    description: 'When to ask again, in whole seconds (RFC 9110). Absent once the job has ended.',
    schema: { type: 'integer', minimum: 1 },
    isAlwaysThere: false,
  },
  'Idempotent-Replayed': {
    description: '`true` where the key was sent with this submission before.',
    schema: { type: 'string', const: 'true' },
    isAlwaysThere: false,
  },
  'Unique-Joined': {
    description: '`true` where an unfinished job has the unique key: it is the answer, and no job was made.',
    schema: { type: 'string', const: 'true' },
    isAlwaysThere: false,
  },
  'Delegation-Note': { description: 'Says in words what a new attempt needs.', schema: text, isAlwaysThere: false },
  RateLimit: {
    description: 'What is left of the quota (draft-ietf-httpapi-ratelimit-headers). Only where the deployer set one.',
    schema: text,
    isAlwaysThere: false,
  },
  'RateLimit-Policy': { description: 'The quota. Only where the deployer set one.', schema: text, isAlwaysThere: false },
  ETag: { description: 'It changes exactly when the answer does; send it as If-None-Match.', schema: text },
  Vary: { description: 'The request headers that the answer depends on.', schema: text },
  'Preference-Applied': { description: 'What of Prefer was applied (RFC 7240).', schema: text, isAlwaysThere: false },
  Accept: { description: 'The media type that a body must have, where it had another one.', schema: text, isAlwaysThere: false },
  'Accept-Encoding': {
    description: 'The codings that a body may have, where it had another one.',
    schema: text,
    isAlwaysThere: false,
  },
  'Content-Security-Policy': { description: 'The page loads nothing.', schema: text },
  'X-Accel-Buffering': {
    description: 'A proxy, such as nginx, must not keep the events until there are more of them.',
    schema: { type: 'string', const: 'no' },
  },
  'Referrer-Policy': { description: 'A browser names the address to no site.', schema: text, isAlwaysThere: false },
  'X-Frame-Options': { description: 'No page may frame this one.', schema: text, isAlwaysThere: false },
  'X-Robots-Tag': { description: 'No search engine may keep the page.', schema: text, isAlwaysThere: false },
  Allow: { description: 'The methods of the path.', schema: text },
  'X-Request-Id': { description: "The id of the request: the caller's own, or a new one. It is in the log of the API.", schema: text },
  'Cache-Control': { description: 'Who may keep the answer.', schema: text },
  'X-Content-Type-Options': { description: 'No browser may guess another type.', schema: { type: 'string', const: 'nosniff' } },
} as const satisfies Readonly<Record<string, HeaderDescription>>;

export type HeaderName = keyof typeof headers;

/** Headers that the problems of a status may have. */
export const problemHeaders: Readonly<Record<number, readonly HeaderName[]>> = {
  405: ['Allow'],
  409: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  415: ['Accept', 'Accept-Encoding'],
  422: ['RateLimit', 'RateLimit-Policy'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
};

/** Headers of what has pages for browsers, and of its problems. */
export const pageHeaders = [
  'Content-Security-Policy',
  'Referrer-Policy',
  'Vary',
  'X-Frame-Options',
  'X-Robots-Tag',
] as const satisfies readonly HeaderName[];

/** Headers that every answer of the API's own code has. */
export const commonHeaders = ['X-Request-Id', 'Cache-Control', 'X-Content-Type-Options'] as const satisfies readonly HeaderName[];
