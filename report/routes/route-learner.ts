/** Learns which template each request belongs to: from the log itself, from given routes, or from the paths. */
import type { LoggedRequest } from '../read/logged-request.ts';
import { limitEndpoints, maxEndpoints } from './endpoint-limit.ts';
import type { GivenRoutes } from './given-routes.ts';
import { placeholderOf, segmentsOf } from './path-shape.ts';
import { methods, PathTrie } from './path-trie.ts';
import { groupRoutes } from './route-grouping.ts';
import type { RouteLearner, RouteTable, Template } from './route-table.ts';
import { type RouteNode, routeTree } from './route-tree.ts';
import { isStaticFile } from './static-file.ts';
import { TextMemory } from './text-memory.ts';

/** A route of everything below a prefix, which a gateway logs when it knows no more: `$default`, `/{proxy+}`, `/api/*`, `/{*path}`, `/**`. */
const greedyRoute = /^\$default$|(?:\{[^/{}]*\+\}|\{\*[^/]*\}|\*+[^/]*|:[^/]*[*+]|\(\.\*\))$/;
const methodBefore = /^(?:[A-Z]+|\*)\s+(?=\/)/;

/**
 * Order of trust: the log's own route, then the given routes, then what the paths show. A Lambda function's own log gives its name.
 *
 * A path that was only ever answered with 404 is not learnt: it is a scanner's, or a mistake, unless it has the form of one that was answered otherwise.
 * Neither are static files and OPTIONS: both are left out of the report, and can be answered for any path.
 * @param given from `--routes`
 */
export function routeLearner(given?: GivenRoutes): RouteLearner {
  const proven = new PathTrie();
  const unproven = new PathTrie();
  const known = knownTemplates(given);
  return {
    learn: (request) => {
      if (isNotFound(request) || request.method === 'OPTIONS' || isStaticFile(request.path) || known(request) !== undefined) return;
      (isProof(request) ? proven : unproven).add(request.path, request.method, request.startMs);
    },
    finish: () => {
      proven.trim();
      unproven.trim();
      const root = routeTree(proven, unproven);
      groupRoutes(root);
      const merged = limitEndpoints(root);
      const notes = [];
      if (merged > 0) {
        notes.push(
          `More than ${maxEndpoints} endpoints were found: the ${merged} rarest were merged under their parents, as /a/*. Give the routes with --routes to keep them apart.`,
        );
      }
      if (proven.isIncomplete) {
        notes.push(
          'There are more different paths than are kept one by one (2,000 at each position): rare ones are grouped with others at the same position, or as /a/*. Give the routes with --routes to keep them apart.',
        );
      }
      if (proven.keptDepth < 16)
        notes.push(
          `Only the first ${proven.keptDepth} segments of paths distinguish endpoints, because the log has more different paths than fit in memory.`,
        );
      return { templateOf: finder(root, known), inferred: inferredOf(root), notes };
    },
  };
}

/** A redirect of a read can be a gateway's answer to every path, such as from http to https. */
function isProof({ outcome, method }: LoggedRequest): boolean {
  if (outcome === 'rejected' || outcome === 'throttled') return false;
  return outcome !== 'redirect' || (method !== 'GET' && method !== 'HEAD');
}

function isNotFound({ status }: LoggedRequest): boolean {
  return status === 404;
}

/** What needs no inference: functions, the log's own routes, and given ones. */
function knownTemplates(given: GivenRoutes | undefined): (request: LoggedRequest) => Template | undefined {
  const functions = new TextMemory<Template>();
  const logged = new TextMemory<Template | null>();
  const byMethod = new Map<string, TextMemory<Template | null>>();
  const matchGiven = (method: string, path: string): Template | null => {
    const found = given?.match(method, path);
    return found === undefined ? null : { path: found, source: 'routes' };
  };
  return ({ isInvocation, path, route, method }) => {
    if (isInvocation === true) return recall(functions, path, () => ({ path, source: 'function' }));
    if (route !== undefined) {
      const template = recall(logged, route, () => loggedTemplate(route));
      if (template !== null) return template;
    }
    if (given === undefined) return undefined;
    let paths = byMethod.get(method);
    if (paths === undefined) {
      // Methods are few, unless somebody sends nonsense.
      if (byMethod.size > 2 * methods.length) return matchGiven(method, path) ?? undefined;
      paths = new TextMemory();
      byMethod.set(method, paths);
    }
    return recall(paths, path, () => matchGiven(method, path)) ?? undefined;
  };
}

function loggedTemplate(route: string): Template | null {
  const path = route
    .trim()
    .replace(methodBefore, '')
    .replace(/^\^|\$$/g, (end) => (route === '$default' ? end : ''));
  if (path === '' || path === '-' || greedyRoute.test(path)) return null;
  return { path: path.startsWith('/') ? path : `/${path}`, source: 'log' };
}

interface Match {
  readonly template: Template;
  readonly isCatchAll: boolean;
}

interface Matcher {
  readonly children: Map<string, Matcher>;
  readonly merged: Matcher | undefined;
  readonly own: Match | undefined;
  readonly catchAll: Match | undefined;
}

function finder(root: RouteNode, known: (request: LoggedRequest) => Template | undefined): RouteTable['templateOf'] {
  const matcher = matcherOf(root, '');
  const memory = new TextMemory<Match | null>();
  return (request) => {
    const template = known(request);
    if (template !== undefined) return template;
    const { path } = request;
    const match = recall(memory, path, () => find(matcher, segmentsOf(path), 0) ?? null);
    // What is below a `/*` is not known one by one, so a path that was not found says nothing.
    return match === null || (match.isCatchAll && isNotFound(request)) ? undefined : match.template;
  };
}

function matcherOf(node: RouteNode, path: string): Matcher {
  const match = (text: string, isCatchAll: boolean): Match => ({ template: { path: text, source: 'inferred' }, isCatchAll });
  return {
    children: new Map([...node.children].map(([key, child]) => [key, matcherOf(child, `${path}/${key}`)])),
    merged: node.merged && matcherOf(node.merged.node, `${path}/{${node.merged.name}}`),
    own: node.counts.length > 0 ? match(path === '' ? '/' : path, false) : undefined,
    catchAll: node.catchAll && match(`${path}/*`, true),
  };
}

/** Literal before placeholder before merged, then `/*`, the deepest first. */
function find(node: Matcher, segments: readonly string[], at: number): Match | undefined {
  const exact = findExact(node, segments, at);
  return exact ?? findCatchAll(node, segments, at);
}

function findExact(node: Matcher, segments: readonly string[], at: number): Match | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.own;
  const placeholder = placeholderOf(segment);
  const child = node.children.get(placeholder ?? segment);
  const found = child && findExact(child, segments, at + 1);
  return found ?? (node.merged && findExact(node.merged, segments, at + 1));
}

function findCatchAll(node: Matcher, segments: readonly string[], at: number): Match | undefined {
  const segment = segments[at];
  if (segment === undefined) return undefined;
  const child = node.children.get(placeholderOf(segment) ?? segment);
  const found = child && findCatchAll(child, segments, at + 1);
  return found ?? (node.merged && findCatchAll(node.merged, segments, at + 1)) ?? node.catchAll;
}

function inferredOf(root: RouteNode): RouteTable['inferred'] {
  const inferred: { method: string; path: string; shapes: string[] }[] = [];
  const visit = (node: RouteNode, path: string, parts: readonly (readonly string[])[]): void => {
    const shapes = shapesOf(parts);
    const add = (counts: readonly number[], text: string): void =>
      counts.forEach((count, method) => {
        if (count > 0) inferred.push({ method: methods[method] ?? 'other', path: text, shapes });
      });
    add(node.counts, path === '' ? '/' : path);
    add(node.catchAll ?? [], `${path}/*`);
    for (const [key, child] of node.children) visit(child, `${path}/${key}`, [...parts, child.forms ?? [key]]);
    if (node.merged !== undefined) {
      const { name, node: below } = node.merged;
      visit(below, `${path}/{${name}}`, [...parts, below.forms ?? []]);
    }
  };
  visit(root, '', []);
  return inferred.sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
}

/** Up to three examples: the first form of every parameter, the second of every one, the third. */
function shapesOf(parts: readonly (readonly string[])[]): string[] {
  const examples = Math.max(0, ...parts.map((forms) => forms.length));
  if (examples <= 1 && parts.every((forms) => forms.length > 0) && !parts.some((forms) => forms[0]?.includes('9'))) return [];
  const shapes = [0, 1, 2].slice(0, examples).map((i) => `/${parts.map((forms) => forms[i] ?? forms.at(-1) ?? 'a').join('/')}`);
  return [...new Set(shapes)];
}

/** What was found before, or what is found now; null is found too. */
function recall<Value>(memory: TextMemory<Value>, text: string, find: () => Value): Value {
  const known = memory.get(text);
  if (known !== undefined) return known;
  const found = find();
  memory.set(text, found);
  return found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
