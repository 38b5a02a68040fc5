/** How a request ended, from its status. */
import type { Outcome } from './logged-request.ts';

/** Statuses that name the end more exactly than their class: 460 is an Application Load Balancer's and 499 nginx's word for a caller who hung up, 524 Cloudflare's for a late origin, 561 an Application Load Balancer's for a login that failed. */
const special: Readonly<Record<number, Outcome>> = {
  0: 'hangup',
  429: 'throttled',
  460: 'hangup',
  499: 'hangup',
  504: 'timeout',
  524: 'timeout',
  561: 'rejected',
};

/**
 * Names how a request ended.
 * @param status of HTTP; 0 is a connection that was closed before an answer
 * @param known what the log says more exactly than the status does, such as `timeout` for a 503 at the limit of a gateway; it wins
 */
export function outcomeOf(status: number | undefined, known?: Outcome): Outcome {
  if (known !== undefined) return known;
  if (status === undefined) return 'unknown';
  const exact = special[status];
  if (exact !== undefined) return exact;
  if (status < 100 || status > 599) return 'unknown';
  if (status < 300) return 'ok';
  if (status < 400) return 'redirect';
  return status < 500 ? 'rejected' : 'failed';
}

/** A status as logged: a whole number, `000` included; undefined for `-` and anything else. */
export function statusOf(text: string | number | undefined): number | undefined {
  if (typeof text === 'number') return Number.isInteger(text) && text >= 0 && text <= 999 ? text : undefined;
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** A size in bytes as logged: a whole number; undefined for `-` and anything else. */
export const sizeOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
