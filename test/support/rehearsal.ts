/** Jobs of the type in `test/deploy/rehearsal`, which do what their input says. */
import type { Answer, HttpClient, JobAnswer } from './http-client.ts';

/** Where the local mode finds the type, and the probe beside it. */
export const rehearsalFolder = 'test/deploy';

type More = Readonly<Record<string, unknown>>;

export class Rehearsal {
  private readonly client: HttpClient;

  constructor(client: HttpClient) {
    this.client = client;
  }

  /** A key of its own unless another one is given: jobs of this type without one wait for each other. */
  submit(acts: readonly object[], more: More = {}): Promise<Answer> {
    return this.client.submit('rehearsal', { acts }, { concurrencyKey: crypto.randomUUID(), ...more });
  }

  /** @returns the accepted job @throws Error for any answer but 202 */
  async start(acts: readonly object[], more: More = {}): Promise<JobAnswer> {
    const { status, body, text } = await this.submit(acts, more);
    if (status !== 202) throw new Error(`not accepted: ${status} ${text}`);
    return body;
  }

  signal(id: string, name: string, payload: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.client.request('POST', `/v1/jobs/${id}/signals/${name}`, { body: payload, headers });
  }

  /** Waits until the reason why a job does not run is this one. */
  waits({ id }: { readonly id: string }, code: string): Promise<JobAnswer> {
    return this.client.until(id, ({ reason }) => reason?.code === code);
  }
}

export const work = (seconds: number) => ({ act: 'work', seconds });
export const waitForGo = { act: 'wait', signal: 'go' };
export const fail = { act: 'fail' };
export const run = (...inputs: readonly (readonly object[])[]) => ({ act: 'run', inputs: inputs.map((acts) => ({ acts })) });
