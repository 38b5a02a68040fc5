/** The tree of templates that is inferred from what was learnt of paths. */

import type { FrequentPath } from './path-sample.ts';
import { addCounts, methodNumber, type PathNode, type PathTrie, withForm } from './path-trie.ts';

export interface RouteNode {
  /** Children by segment, or by placeholder of a shape, such as `{id}`. */
  readonly children: Map<string, RouteNode>;
  /** What any other segment belongs to. */
  merged: { readonly name: string; readonly node: RouteNode } | undefined;
  /** Requests to this very path, by number of method. Empty where there is no endpoint. */
  counts: number[];
  /** Requests to `/*` below it; undefined where there is no such endpoint. */
  catchAll: number[] | undefined;
  /** All requests to it and below it. */
  total: number;
  /** Up to three forms of the segments that this node stands for. */
  forms: string[] | undefined;
}

/** A path must be this often in a sample of 20,000 before it is believed: twice can be chance. Ours. */
const minSampled = 3;
/** Children that only ever rejected their callers; more are a scanner's. Ours. */
const maxUnprovenChildren = 20;

/**
 * @param proven    paths that were answered otherwise than with a rejection
 * @param unproven  paths that were rejected, with 401 or 403 for example; they count where the proven ones make them likely, or where they are few
 */
export function routeTree(proven: PathTrie, unproven: PathTrie): RouteNode {
  const root = copyOf(proven.root);
  if (proven.isIncomplete) for (const frequent of proven.sample.frequentPaths(minSampled)) addFrequent(root, frequent);
  addUnproven(root, copyOf(unproven.root, false));
  return root;
}

/** Whether a key stands for many segments. No literal segment holds a brace: its shape would be `{id}`. */
export function isPlaceholder(key: string): boolean {
  return key.includes('{');
}

export function newRouteNode(): RouteNode {
  return { children: new Map(), merged: undefined, counts: [], catchAll: undefined, total: 0, forms: undefined };
}

/** Adds a node with everything below it to another. */
export function addNode(to: RouteNode, from: RouteNode): void {
  addCounts(to.counts, from.counts);
  if (from.catchAll !== undefined) {
    to.catchAll ??= [];
    addCounts(to.catchAll, from.catchAll);
  }
  for (const form of from.forms ?? []) to.forms = withForm(to.forms, form);
  to.total += from.total;
  for (const [key, child] of from.children) {
    const known = to.children.get(key);
    if (known === undefined) to.children.set(key, child);
    else addNode(known, child);
  }
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function copyOf(node: PathNode, withRest = true): RouteNode {
  const copy = newRouteNode();
  copy.counts = [...node.counts];
  copy.forms = node.forms;
  copy.total = sum(node.counts);
  if (withRest && node.rest.length > 0) {
    copy.catchAll = [...node.rest];
    copy.total += sum(node.rest);
  }
  for (const [key, child] of node.children ?? []) {
    const below = copyOf(child, withRest);
    copy.children.set(key, below);
    copy.total += below.total;
  }
  return copy;
}

/** Gives a frequent path, whose hash was too large to be kept, a place of its own; its requests are already in the total of the nodes above. */
function addFrequent(root: RouteNode, { keys, method, requests }: FrequentPath): void {
  let node = root;
  let isNew = false;
  for (const key of keys) {
    let child = node.children.get(key);
    if (child === undefined) {
      // A path that is deeper than the depth that is kept stays where it is.
      if (!isNew && node.catchAll === undefined) return;
      child = newRouteNode();
      node.children.set(key, child);
      isNew = true;
    }
    if (isNew) child.total += requests;
    node = child;
  }
  const number = methodNumber(method);
  if (!isNew && (node.counts[number] ?? 0) > 0) return;
  while (node.counts.length <= number) node.counts.push(0);
  node.counts[number] = (node.counts[number] ?? 0) + requests;
}

function addUnproven(to: RouteNode, from: RouteNode): void {
  addCounts(to.counts, from.counts);
  to.total += sum(from.counts);
  for (const form of from.forms ?? []) to.forms = withForm(to.forms, form);
  const strangers = [...from.children.keys()].filter((key) => !isPlaceholder(key) && !to.children.has(key));
  for (const [key, child] of from.children) {
    let known = to.children.get(key);
    if (known === undefined) {
      if (!isPlaceholder(key) && strangers.length > maxUnprovenChildren) continue;
      known = newRouteNode();
      to.children.set(key, known);
    }
    const before = known.total;
    addUnproven(known, child);
    to.total += known.total - before;
  }
}
