/** Traffic that has nothing to do with any answer: polling, browsing, crawlers, health checks and static files. */
import type { Endpoint } from './endpoint.ts';
import type { SeededDraw } from './seeded-draw.ts';
import type { CallerRegistry, WorldCaller } from './world-callers.ts';
import type { Route, WorldEvent } from './world-event.ts';
import { quickRequest, type WorldStage } from './world-stage.ts';

const page = (template: string, contentType = 'text/html', method = 'GET'): Route => ({ method, template, ids: 'number', contentType });

const browsed = [page('/'), page('/products/{id}'), page('/categories/{id}'), page('/search'), page('/account'), page('/cart')];
const apiReads = [page('/v1/notifications', 'application/json'), page('/v1/me', 'application/json')];
const staticFile = page('/assets/app-3f9c2a7e.js', 'text/javascript');
const health = page('/health', 'application/json');
const scanned = [page('/wp-login.php', 'text/html', 'POST'), page('/.env'), page('/admin/config.php')];

interface Around {
  readonly caller: WorldCaller;
  /** When the caller calls the endpoint. */
  readonly startMs: number;
  readonly draw: SeededDraw;
}

/** Opens one to five pages at random times from a minute before a call to two minutes after it, in half of the visits. */
export function browseAround(stage: WorldStage, { caller, startMs, draw }: Around): void {
  if (!draw.chance(0.5)) return;
  for (let opened = draw.whole(1, 5); opened > 0; opened -= 1) {
    const isPage = draw.chance(0.75);
    const route = draw.pick(isPage ? browsed : apiReads);
    const atMs = startMs + draw.between(-60_000, 120_000);
    send(
      stage,
      { why: 'browse', route, startMs: atMs, caller, ref: draw.whole(1, 3_000), page: draw.chance(0.15) ? draw.whole(2, 9) : 0 },
      draw,
    );
    if (stage.settings.bots && isPage && draw.chance(0.2)) {
      send(stage, { why: 'static', route: staticFile, startMs: atMs + 120, caller, ref: 0, page: 0 }, draw);
    }
  }
}

/** Reads the list of the endpoint every few seconds for a while, from before the call until after it, in half of the visits. */
export function pollAround(stage: WorldStage, endpoint: Endpoint, { caller, startMs, draw }: Around): void {
  if (!draw.chance(0.5)) return;
  const periodMs = draw.between(4_000, 20_000);
  let atMs = startMs - draw.between(0, 60_000);
  for (let polls = draw.whole(4, 10); polls > 0; polls -= 1) {
    send(stage, { why: 'poll', route: endpoint.list, startMs: atMs, caller, ref: 0, page: 0 }, draw);
    atMs += periodMs * draw.between(0.97, 1.03);
  }
}

/** Lets programs read the list of their endpoint every 10 to 30 minutes. */
export function pollByPrograms(stage: WorldStage, endpoint: Endpoint, draw: SeededDraw): void {
  for (const caller of endpoint.callers) {
    const periodMs = draw.between(600_000, 1_800_000);
    for (let atMs = stage.startMs + draw.between(0, periodMs); atMs < stage.endMs; atMs += periodMs * draw.between(0.98, 1.02)) {
      send(stage, { why: 'poll', route: endpoint.list, startMs: atMs, caller, ref: 0, page: 0 }, draw);
    }
  }
}

/** Lets crawlers read pages, scanners look for holes and the load balancer check the service's health. */
export function drawBots(stage: WorldStage, registry: CallerRegistry, draw: SeededDraw): void {
  const bot = (agent: string): WorldCaller => registry.add({ knownBy: 'address+agent', agent, agentKind: 'bot', isPerson: false });
  const crawlers = [
    bot('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'),
    bot('Mozilla/5.0 (compatible; bingbot/2.0)'),
  ];
  const scanner = registry.add({ knownBy: 'address+agent', agent: 'python-requests/2.31.0', agentKind: 'program', isPerson: false });
  const checker = bot('ELB-HealthChecker/2.0');
  const count = ((stage.endMs - stage.startMs) / 600_000) * (stage.settings.rate ?? 1);
  for (let visit = 0; visit < count; visit += 1) {
    const atMs = draw.between(stage.startMs, stage.endMs);
    send(
      stage,
      { why: 'bot', route: draw.pick(browsed), startMs: atMs, caller: draw.pick(crawlers), ref: draw.whole(1, 3_000), page: 0 },
      draw,
    );
    if (draw.chance(0.2)) send(stage, { why: 'bot', route: draw.pick(scanned), startMs: atMs, caller: scanner, ref: 0, page: 0 }, draw);
  }
  for (let atMs = stage.startMs; atMs < stage.endMs; atMs += 120_000) {
    send(stage, { why: 'health', route: health, startMs: atMs, caller: checker, ref: 0, page: 0 }, draw);
  }
}

function send(stage: WorldStage, event: Pick<WorldEvent, 'why' | 'route' | 'startMs' | 'caller' | 'ref' | 'page'>, draw: SeededDraw): void {
  const { why, route, startMs, caller, ref, page: pageNumber } = event;
  quickRequest(stage, { why, route, startMs, caller, ref, page: pageNumber, endpoint: undefined, follows: undefined }, draw);
}
