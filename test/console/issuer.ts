/** An issuer of tokens with the code flow and PKCE, which signs everybody in. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback-server.ts';

export interface Issuer {
  readonly url: string;
  /** The tokens that are valid now. */
  readonly tokens: Set<string>;
  /** How each token was asked for. */
  readonly grants: string[];
  stop(): Promise<void>;
}

/** @param lifeSeconds of a token */
export async function startIssuer(lifeSeconds: number): Promise<Issuer> {
  const [tokens, grants] = [new Set<string>(), [] as string[]];
  const challenges = new Map<string, string>();
  let url = '';
  const issue = (grant: string) => {
    grants.push(grant);
    const token = randomUUID();
    tokens.add(token);
    return { access_token: token, refresh_token: 'again', expires_in: lifeSeconds, token_type: 'Bearer' };
  };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' }).end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration')
      return json(200, { issuer: url, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` });
    if (pathname === '/authorize') {
      const code = randomUUID();
      challenges.set(code, searchParams.get('code_challenge') ?? '');
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({ code, state: searchParams.get('state') ?? '' }).toString();
      return response.writeHead(302, { location: back.href }).end();
    }
    const form = new URLSearchParams(await text(request));
    if (form.get('grant_type') === 'refresh_token') return json(200, issue('refresh_token'));
    const hash = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (hash !== challenges.get(form.get('code') ?? '')) return json(400, { error: 'invalid_grant' });
    return json(200, issue('authorization_code'));
  });
  const listening = await listenOnLoopback(server);
  url = listening.url;
  return { ...listening, tokens, grants };
}
