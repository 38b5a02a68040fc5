/** One endpoint of a world: its kind, its drawn properties, its truth and its callers. */

import { type EndpointFacts, factsOf } from './endpoint-facts.ts';
import type { EndpointKind, EndpointShape, Truth } from './endpoint-kind.ts';
import type { SeededDraw } from './seeded-draw.ts';
import type { CallerRegistry, WorldCaller } from './world-callers.ts';
import { idShapes, type Route } from './world-event.ts';

export interface Endpoint {
  readonly index: number;
  readonly kind: EndpointKind;
  readonly truth: Truth;
  readonly shape: EndpointShape;
  /** How often it is called in two days, before repeats. */
  readonly volume: number;
  readonly facts: EndpointFacts;
  readonly callers: readonly WorldCaller[];
  readonly failedShare: number;
  /** Whether its list is polled, where that noise is on. */
  readonly isPolled: boolean;
  /** By how many bytes two answers of one size may differ, where that noise is on. */
  readonly wobbleBytes: number;
  readonly own: Route;
  readonly item: Route;
  readonly list: Route;
  readonly next: Route;
  /** The page on which people start. */
  readonly page: Route;
}

const pages = ['overview', 'orders', 'customers', 'billing', 'plans', 'stock', 'files', 'team', 'history', 'profile', 'help', 'news'];

/** @param people those of the world, for an endpoint that people call */
export function drawEndpoint(
  index: number,
  { kind, draw, people, registry }: { kind: EndpointKind; draw: SeededDraw; people: readonly WorldCaller[]; registry: CallerRegistry },
): Endpoint {
  const shape: EndpointShape = {
    heldSpread: draw.between(0.15, 0.6),
    okStatus: 200,
    rejectedShare: draw.between(0, 0.03),
    rejectedStatus: 400,
    followUps: [],
    arrival: { pattern: 'visits' },
    bytesIn: draw.between(150, 3_000),
    ...kind.shape(draw),
  };
  const isPeople = kind.callers.who === 'people';
  const repeatsAfterFailure = isPeople ? draw.between(0.3, 0.7) : kind.callers.who === 'sender' ? 1 : draw.between(0.5, 0.95);
  return {
    index,
    kind,
    truth: kind.isHybridAbove8s && shape.heldMedianMs > 8_000 ? 'hybrid' : kind.truth,
    shape,
    volume: Math.round(Math.exp(draw.between(Math.log(120), Math.log(shape.arrival.pattern === 'nightly' ? 400 : 1_300)))),
    facts: factsOf(shape, repeatsAfterFailure),
    callers: isPeople ? draw.shuffle(people).slice(0, draw.whole(20, people.length)) : registry.addParty(draw, kind.callers),
    failedShare: draw.between(0.001, 0.02),
    isPolled: draw.chance(1 / 3) && kind.method !== 'GET',
    wobbleBytes: draw.chance(1 / 3) ? draw.whole(1, 2) : 0,
    ...routesOf(kind, draw, index),
  };
}

function routesOf(kind: EndpointKind, draw: SeededDraw, index: number): Pick<Endpoint, 'own' | 'item' | 'list' | 'next' | 'page'> {
  const ids = draw.pick(idShapes);
  const route = (method: string, template: string, contentType = 'application/json'): Route => ({ method, template, ids, contentType });
  const [nextMethod = '', nextTemplate = ''] = (kind.next ?? 'GET /v1/pages/{id}').split(' ');
  const hasId = kind.template.includes('/{id}');
  return {
    own: route(kind.method, kind.template),
    item: route('GET', kind.item ?? (hasId ? kind.template : `${kind.template}/{id}`)),
    list: route('GET', kind.template.replace(/\/\{id\}.*$/, '')),
    next: route(nextMethod, nextTemplate),
    page: route('GET', `/app/${pages[index % pages.length]}`, 'text/html'),
  };
}
