/** Times that nginx and Apache log, in milliseconds. */

/**
 * Adds the times of all servers that were tried: `0.010, 14.200 : 0.200` is 14,410 ms. `-` is a server that was not reached.
 * @param msPerUnit milliseconds of one unit, such as 1,000 for seconds
 * @returns undefined when there is no number
 * @see https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_response_time
 */
export function sumOfTimes(text: string | undefined, msPerUnit: number): number | undefined {
  if (text === undefined) return undefined;
  if (!text.includes(',') && !text.includes(':')) return timeOf(text, msPerUnit);
  let total: number | undefined;
  for (const part of text.split(/[,:]/)) {
    const time = timeOf(part.trim(), msPerUnit);
    if (time !== undefined) total = (total ?? 0) + time;
  }
  return total;
}

function timeOf(text: string, msPerUnit: number): number | undefined {
  if (!/^\d+(?:\.\d+)?$/.test(text)) return undefined;
  const ms = Number(text) * msPerUnit;
  // Decimals of seconds are exact again: 14.23 s is not 14230.000000000002 ms.
  return Math.round(ms * 1_000) / 1_000;
}
