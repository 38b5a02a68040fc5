/** Calls of services for which the project has no other use, so that it needs no clients of theirs. */
import { AwsClient } from 'aws4fetch';
import type { Deployment } from '../support/tested-deployment.ts';

export interface AwsRequests {
  get<T>(service: string, path: string): Promise<T>;
  /** @param target such as `AWSEvents.ListRules` */
  json<T>(service: string, target: string, input: object): Promise<T>;
  /** @returns XML */
  query(service: string, parameters: Readonly<Record<string, string>>): Promise<string>;
}

/**
 * Each call is retried on 429 and 5xx, as AWS's own clients do: the emulator fails a listing with 500 while a function writes to what it lists.
 * @throws Error with the service's answer, when the last attempt fails
 */
export function awsRequests(deployment: Deployment): AwsRequests {
  const { endpoint, region, credentials } = deployment.aws('cloudwatch');
  const call = async (service: string, path: string, init: RequestInit): Promise<string> => {
    const signer = new AwsClient({ ...credentials, region, service, retries: 5 });
    const answer = await signer.fetch(new URL(path, endpoint).href, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${text}`);
    return text;
  };
  const post = (service: string, headers: Record<string, string>, body: string) => call(service, '/', { method: 'POST', headers, body });
  return {
    get: async (service, path) => JSON.parse(await call(service, path, { method: 'GET' })),
    json: async (service, target, input) =>
      JSON.parse(await post(service, { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }, JSON.stringify(input))),
    query: (service, parameters) =>
      post(service, { 'content-type': 'application/x-www-form-urlencoded' }, new URLSearchParams(parameters).toString()),
  };
}
