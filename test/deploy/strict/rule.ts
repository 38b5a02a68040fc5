/** What AWS refuses and the emulated account lets through, as data: each rule names its source, and is shown to refuse and to pass. */

/** A request to a service, as it came. */
export interface StrictRequest {
  /** As the signature names it, `s3`; `execute-api` is a call of a deployed API. */
  readonly service: string;
  readonly method: string;
  /** The path and the query, as the request line has them. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where the body is streamed: of S3. */
  readonly body: Buffer;
}

export interface StrictAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a rule asks about the account. */
export interface Account {
  /** Undefined where nothing is known of the bucket. */
  regionOf(bucket: string): string | undefined;
  /** Whether whoever signed the request may list the bucket at this key. */
  mayList(request: StrictRequest, bucket: string, key: string): Promise<boolean>;
}

export interface Rule {
  /** What AWS refuses, in a few words. */
  readonly name: string;
  readonly source: string;
  readonly service: string;
  /** @returns what AWS answers in place of doing it */
  request?(request: StrictRequest, account: Account): StrictAnswer | undefined;
  /** @returns what AWS answers where the emulator answered this */
  answer?(request: StrictRequest, answer: StrictAnswer, account: Account): StrictAnswer | undefined | Promise<StrictAnswer | undefined>;
  /** How long AWS waits for an answer, and what it answers then. */
  readonly timeout?: { readonly ms: number; readonly answer: StrictAnswer };
}

export function jsonAnswer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): StrictAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(JSON.stringify(body)) };
}

export function xmlAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): StrictAnswer {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body: Buffer.from(text) };
}

/** Parameters of the target's query, with their names in lower case. */
export function queryOf({ target }: StrictRequest): ReadonlyMap<string, string> {
  const { searchParams } = new URL(target, 'https://localhost');
  return new Map([...searchParams].map(([name, value]) => [name.toLowerCase(), value]));
}

/** Access key, region and service of whoever signed, by header or by query. */
export function signatureOf(target: string, headers: Readonly<Record<string, string>>) {
  const byQuery = new URL(target, 'https://localhost').searchParams.get('X-Amz-Credential');
  const byHeader = /Credential=([^,\s]+)/.exec(headers['authorization'] ?? '')?.[1];
  const [accessKeyId = '', , region = '', service = ''] = (byQuery ?? byHeader ?? '').split('/');
  return { accessKeyId, region, service };
}
