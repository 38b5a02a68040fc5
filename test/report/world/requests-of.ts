/** A world's events as a log with all information has them, without the way over text. */
import type { LoggedRequest } from '../../../report/read/logged-request.ts';
import { host, pathOf, requestId } from './event-texts.ts';
import { observe } from './observed-events.ts';
import type { World } from './world.ts';

/**
 * Gives the requests in the order of the lines. The weight is set where the requests were sampled one by one; a log of some callers is
 * complete for those.
 */
export function requestsOf(world: World): LoggedRequest[] {
  const { sampling } = world.settings;
  const weight = sampling?.by === 'request' ? 1 / sampling.share : undefined;
  return observe(world).map(({ event, number, startMs }) => {
    const { route, caller, heldMs, outcome } = event;
    return {
      startMs,
      waitMs: event.waitMs,
      heldMs: heldMs > 0 ? heldMs : undefined,
      isAtLeast: outcome === 'hangup' || outcome === 'timeout' ? true : undefined,
      method: route.method,
      host,
      path: pathOf(event),
      queryHash: event.page === 0 ? undefined : event.page,
      route: route.template,
      status: event.status,
      outcome,
      bytesIn: event.bytesIn,
      bytesOut: event.bytesOut,
      caller: caller.name ?? `${caller.address} ${caller.agent}`,
      callerKind: caller.knownBy,
      agentKind: caller.agentKind,
      ids: [requestId(number)],
      contentType: route.contentType,
      weight,
    };
  });
}
