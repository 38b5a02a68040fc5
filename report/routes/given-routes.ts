/** Templates that a person gave with `--routes`: an OpenAPI document, or a text file with a route a line. */
import { ReportError } from '../report-error.ts';

export interface GivenRoutes {
  /** How many templates there are, each method apart. */
  readonly count: number;
  /**
   * Literal segments win over placeholders, and these over wildcards, segment by segment. A template of the same method wins over one of another.
   * @param path without a query
   * @returns the template as it was given, with the path of the server in front where that is in the path
   */
  readonly match: (method: string, path: string) => string | undefined;
}

interface Route {
  /** The method in upper case; undefined stands for every method. */
  readonly method: string | undefined;
  readonly path: string;
}

const httpMethods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace', 'query'] as const;
const anyMethod = /^(?:ANY|ALL|\*)$/i;
const help =
  'Give an OpenAPI document (JSON or YAML), or a text file with a route a line, such as "POST /orders/{id}" or "/orders/:id"; lines that start with # are ignored.';

/**
 * Reads routes from the text of a file.
 * @param fileName for the messages, and to recognise YAML
 * @throws ReportError when there is no route in it, or a line or the document is not understood
 */
export async function parseGivenRoutes(text: string, fileName: string): Promise<GivenRoutes> {
  const routes = await routesOf(text.replace(/^\uFEFF/, ''), fileName);
  if (routes.length === 0) throw new ReportError(`${fileName} holds no routes. ${help}`);
  return matcherOf(routes);
}

async function routesOf(text: string, fileName: string): Promise<Route[]> {
  if (/^\s*[{[]/.test(text) || /\.json$/i.test(fileName)) return openApiRoutes(parseJson(text, fileName), fileName);
  if (/\.ya?ml$/i.test(fileName) || /^(?:openapi|swagger)\s*:/m.test(text)) return openApiRoutes(await parseYaml(text, fileName), fileName);
  return text.split(/\r\n|\n|\r/).flatMap((line, i) => routeOfLine(line, `${fileName}, line ${i + 1}`));
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReportError(`${fileName} is not valid JSON (${messageOf(error)}). ${help}`, { cause: error });
  }
}

async function parseYaml(text: string, fileName: string): Promise<unknown> {
  const { parse } = await importYaml(fileName);
  try {
    return parse(text);
  } catch (error) {
    throw new ReportError(`${fileName} is not valid YAML (${messageOf(error)}). ${help}`, { cause: error });
  }
}

/** Imported only here: most runs need no YAML. */
async function importYaml(fileName: string): Promise<{ parse: (text: string) => unknown }> {
  const name: string = 'yaml';
  try {
    return await import(name);
  } catch (error) {
    throw new ReportError(
      `${fileName} is YAML, and the package "yaml" is not installed. Install it (npm install yaml), or convert the document to JSON.`,
      {
        cause: error,
      },
    );
  }
}

function openApiRoutes(document: unknown, fileName: string): Route[] {
  const paths = isObject(document) ? document['paths'] : undefined;
  if (!isObject(document) || !isObject(paths))
    throw new ReportError(`${fileName} has no "paths", so it is not an OpenAPI document. ${help}`);
  return Object.entries(paths).flatMap(([path, item]) => {
    if (!path.startsWith('/') || !isObject(item)) return [];
    const operations = httpMethods.filter((method) => isObject(item[method]));
    return operations.flatMap((method) => {
      const servers = [item[method], item, document].map((place) => (isObject(place) ? place['servers'] : undefined)).find(isFilledArray);
      const prefixes = new Set(['', ...serverPaths(servers), basePathOf(document)]);
      return [...prefixes].map((prefix) => ({ method: method.toUpperCase(), path: withoutSlash(`${prefix}${path}`) }));
    });
  });
}

/** The paths of servers, such as `/v1` of `https://{region}.example.com/v1`, with the defaults of their variables. */
function serverPaths(servers: readonly unknown[] | undefined): string[] {
  return (servers ?? []).flatMap((server) => {
    if (!isObject(server) || typeof server['url'] !== 'string') return [];
    const variables = isObject(server['variables']) ? server['variables'] : {};
    const url = server['url'].replace(/\{([^}]*)\}/g, (whole, name: string) => {
      const variable = variables[name];
      return isObject(variable) && typeof variable['default'] === 'string' ? variable['default'] : whole;
    });
    const path = url.replace(/^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/]*/i, '');
    return [withoutSlash(path === '' || path.startsWith('/') ? path : `/${path}`)];
  });
}

/** The prefix of all paths in Swagger 2. */
function basePathOf(document: Record<string, unknown>): string {
  const basePath = document['basePath'];
  return typeof basePath === 'string' ? withoutSlash(basePath) : '';
}

function routeOfLine(line: string, place: string): Route[] {
  const words = line.replace(/^#.*|\s#.*$/, '').trim();
  if (words === '') return [];
  const [, method, path] = /^(?:([A-Za-z]+|\*)\s+)?(\/\S*)$/.exec(words) ?? [];
  if (path === undefined) throw new ReportError(`${place} is not a route: ${JSON.stringify(words.slice(0, 80))}. ${help}`);
  return [{ method: method === undefined || anyMethod.test(method) ? undefined : method.toUpperCase(), path: withoutSlash(path) || '/' }];
}

interface GivenNode {
  readonly literals: Map<string, GivenNode>;
  /** Segments with something fixed beside the placeholder, such as `{id}.json`. */
  readonly mixed: { readonly fixed: readonly string[]; readonly text: string; readonly node: GivenNode }[];
  parameter: GivenNode | undefined;
  /** Templates that end here. */
  readonly own: Templates;
  /** Templates with a wildcard here, for one segment or more. */
  readonly wildcard: Templates;
}

/** Templates by method, where `*` is any method. */
type Templates = Map<string, string>;

function matcherOf(routes: readonly Route[]): GivenRoutes {
  const root = newNode();
  let count = 0;
  for (const { method, path } of routes) {
    const templates = placeOf(root, path);
    const key = method ?? '*';
    if (templates.has(key)) continue;
    templates.set(key, path);
    count++;
  }
  return {
    count,
    match: (method, path) => {
      const segments = path.split('/').filter(Boolean);
      return find(root, segments, 0, method) ?? find(root, segments, 0, undefined);
    },
  };
}

/** Where a template belongs. `{x}`, `:x` and `<x>` are placeholders; `*` in the middle is one too, and at the end it is a wildcard, as are `{x+}`, `{x...}` and `:x*`. */
function placeOf(root: GivenNode, path: string): Templates {
  const segments = path.split('/').filter(Boolean);
  let node = root;
  for (const [i, segment] of segments.entries()) {
    if (i === segments.length - 1 && isWildcard(segment)) return node.wildcard;
    node = childOf(node, segment);
  }
  return node.own;
}

function isWildcard(segment: string): boolean {
  return /^(?:\*+\w*|\{[^{}]*(?:\+|\.\.\.)\}|\{\*[^{}]*\}|:\w+[*+])$/.test(segment);
}

function childOf(node: GivenNode, segment: string): GivenNode {
  if (/^(?:\*|:\w+\??|\{[^{}]*\}|<[^<>]*>)$/.test(segment)) {
    node.parameter ??= newNode();
    return node.parameter;
  }
  if (/\{[^{}]*\}/.test(segment)) {
    const fixed = segment.split(/\{[^{}]*\}/);
    const text = fixed.join('{}');
    const known = node.mixed.find((mixed) => mixed.text === text);
    if (known !== undefined) return known.node;
    const mixed = { fixed, text, node: newNode() };
    node.mixed.push(mixed);
    // The most specific first.
    node.mixed.sort((a, b) => b.text.length - a.text.length || (a.text < b.text ? -1 : 1));
    return mixed.node;
  }
  let child = node.literals.get(segment);
  if (child === undefined) {
    child = newNode();
    node.literals.set(segment, child);
  }
  return child;
}

function find(node: GivenNode, segments: readonly string[], at: number, method: string | undefined): string | undefined {
  const segment = segments[at];
  if (segment === undefined) return templateFor(node.own, method);
  const literal = node.literals.get(segment);
  const found = literal && find(literal, segments, at + 1, method);
  if (found !== undefined) return found;
  for (const { fixed, node: child } of node.mixed) {
    const template = fits(segment, fixed) ? find(child, segments, at + 1, method) : undefined;
    if (template !== undefined) return template;
  }
  return (node.parameter && find(node.parameter, segments, at + 1, method)) ?? templateFor(node.wildcard, method);
}

/** HEAD is answered by what answers GET. https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2 */
function templateFor(templates: Templates, method: string | undefined): string | undefined {
  if (templates.size === 0) return undefined;
  if (method === undefined) return templates.values().next().value;
  return templates.get(method) ?? templates.get('*') ?? (method === 'HEAD' ? templates.get('GET') : undefined);
}

/** Whether the fixed parts are in a segment in this order, the first at its start and the last at its end, with something between any two. */
function fits(segment: string, fixed: readonly string[]): boolean {
  const first = fixed[0] ?? '';
  const last = fixed.at(-1) ?? '';
  if (!segment.startsWith(first) || !segment.endsWith(last)) return false;
  let at = first.length;
  const end = segment.length - last.length;
  for (const part of fixed.slice(1, -1)) {
    const found = segment.indexOf(part, at + 1);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at < end;
}

function newNode(): GivenNode {
  return { literals: new Map(), mixed: [], parameter: undefined, own: new Map(), wildcard: new Map() };
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFilledArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0] || error.name : String(error);
}
