/** A client of the API over the ports in memory of a bench: what `createClient` makes, without a socket between. */
import { type Client, createClient } from '../../client/create-client.ts';
import { memoryApi } from './memory-api.ts';
import type { ScheduleBench } from './schedule-bench.ts';

export function memoryClient(bench: ScheduleBench): Client {
  const api = memoryApi(bench);
  const url = 'http://memory';
  const request = async (address: string | URL | Request, { method = 'GET', headers, body }: RequestInit = {}) => {
    const sent = { headers: Object.fromEntries(new Headers(headers)), ...(body === undefined || body === null ? {} : { body }) };
    const answer = await api.request(method, String(address).slice(url.length), sent);
    return new Response(answer.text === '' ? null : answer.text, { status: answer.status, headers: answer.headers });
  };
  return createClient({ url, fetch: request as typeof fetch });
}
