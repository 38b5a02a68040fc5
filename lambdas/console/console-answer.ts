/** Chooses the file of the console that answers a request: for the function that serves it, and for the proxy of `delegation console`. Pure. */

/** A static file. `Body` is what its server sends: bytes, or Base64 as Lambda answers it. */
export interface StaticFile<Body> {
  readonly body: Body;
  /** The body, compressed with Brotli. */
  readonly brotli: Body;
  readonly contentType: string;
  /** All that does not depend on the request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** By path, such as `/console/index.html`. */
export type StaticFiles<Body> = ReadonlyMap<string, StaticFile<Body>>;

export interface ConsoleRequest {
  readonly method: string;
  /** Decoded, without its query. */
  readonly path: string;
  readonly acceptEncoding: string | undefined;
}

export interface ConsoleAnswer<Body> {
  readonly status: 200 | 404 | 405;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes as the files have them, or a text; a request by `HEAD` is answered without it. */
  readonly body: { readonly kind: 'file'; readonly file: Body } | { readonly kind: 'text'; readonly text: string };
}

const page = '/console/index.html';
/** Scripts, styles and images are beside the page; any other path is a screen of the console, which the page shows. */
const asset = /^\/console\/[^/]+\.(?:js|css|svg|png|map|json|ico|txt)$/;

/** @param config the text of `/console/config.json` */
export function answerConsole<Body>(files: StaticFiles<Body>, config: string, request: ConsoleRequest): ConsoleAnswer<Body> {
  const { method, path } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    const refusal = problem(405, 'method-not-allowed', `${method} is not allowed here. Allowed: GET, HEAD.`);
    return { ...refusal, headers: { ...refusal.headers, allow: 'GET, HEAD' } };
  }
  if (path === '/console/config.json') return text(200, config);
  const file = files.get(path) ?? (isScreen(path) ? files.get(page) : undefined);
  if (file === undefined) return problem(404, 'not-found', 'The console has no such file. Open /console/.');
  return fileAnswer(file, request.acceptEncoding);
}

/** Not redirected without its slash: a gateway that takes the slash off would lead in a circle. */
function isScreen(path: string): boolean {
  return path === '/console' || (path.startsWith('/console/') && !asset.test(path));
}

function fileAnswer<Body>(
  { body, brotli, contentType, headers }: StaticFile<Body>,
  acceptEncoding: string | undefined,
): ConsoleAnswer<Body> {
  const isCompressed = acceptsBrotli(acceptEncoding);
  return {
    status: 200,
    headers: { ...headers, 'content-type': contentType, vary: 'Accept-Encoding', ...(isCompressed ? { 'content-encoding': 'br' } : {}) },
    body: { kind: 'file', file: isCompressed ? brotli : body },
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding */
function acceptsBrotli(header = ''): boolean {
  return header.split(',').some((part) => {
    const [coding = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    return coding === 'br' && !parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter));
  });
}

const plain = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

function text(status: ConsoleAnswer<never>['status'], body: string): ConsoleAnswer<never> {
  return { status, headers: plain, body: { kind: 'text', text: body } };
}

function problem(status: 404 | 405, code: string, detail: string): ConsoleAnswer<never> {
  const title = status === 404 ? 'There is nothing at this address' : 'This address does not take that method';
  const answer = text(status, JSON.stringify({ type: 'about:blank', code, title, status, detail }));
  return { ...answer, headers: { ...plain, 'content-type': 'application/problem+json' } };
}
