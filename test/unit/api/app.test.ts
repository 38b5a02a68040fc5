import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ApiDeps } from '../../../lambdas/api/api-context.ts';
import { createApi, publicRoutes } from '../../../lambdas/api/app.ts';

/** Only what is read before a route runs: a request that is refused earlier touches nothing else. */
const deps = { settings: { admins: [], jwt: { ownerClaim: 'sub' } }, catalogue: [] } as unknown as ApiDeps;

function eventOf(claims?: object): APIGatewayProxyEventV2 {
  const authorizer = claims === undefined ? {} : { authorizer: { jwt: { claims } } };
  return { headers: {}, requestContext: authorizer } as unknown as APIGatewayProxyEventV2;
}

describe('createApi: who may call', () => {
  it('refuses every route of /v1 without a caller, before it reads anything', async () => {
    const app = createApi(deps);
    const protectedRoutes = app.routes.filter(
      ({ method, path }) => !['ALL', 'OPTIONS'].includes(method) && path.startsWith('/v1/') && path !== '/v1/links/:id',
    );
    expect(protectedRoutes.length).toBeGreaterThan(8);
    for (const { method, path } of protectedRoutes) {
      const response = await app.request(path, { method }, { event: eventOf() });
      expect([method, path, response.status]).toEqual([method, path, 401]);
      expect(await response.json()).toMatchObject({
        type: 'http://localhost/problems/unauthenticated',
        code: 'unauthenticated',
        detail: expect.stringContaining('the claim "sub"') as string,
      });
    }
  });

  it('refuses a route without a caller although the route does not ask for one', async () => {
    const app = createApi(deps);
    app.get('/v1/added-later', (c) => c.text(c.var.caller.owner));
    expect((await app.request('/v1/added-later', {}, { event: eventOf() })).status).toBe(401);
    const known = await app.request('/v1/added-later', {}, { event: eventOf({ sub: 'ann' }) });
    expect([known.status, await known.text()]).toEqual([200, 'ann']);
  });

  it.each([
    ['GET', '/v1/nothing', 404],
    ['GET', '//healthz', 404],
    ['GET', '/', 404],
    ['DELETE', '/v1/jobs', 401],
  ] as const)('answers %s %s without a caller with %d: where there is no route there is nothing to protect', async (method, path, status) =>
    expect((await createApi(deps).request(path, { method }, { event: eventOf() })).status).toBe(status),
  );

  it('answers /healthz, the pages about problems, links and OPTIONS, and nothing else, without a caller', async () => {
    const app = createApi(deps);
    expect((await app.request('/healthz', {}, { event: eventOf() })).status).toBe(200);
    for (const path of ['/v1/jobs', '/healthz', '/problems/over-quota'])
      expect([path, (await app.request(path, { method: 'OPTIONS' }, { event: eventOf() })).status]).toEqual([path, 204]);
    expect((await app.request('/healthz', { method: 'POST' }, { event: eventOf() })).status).toBe(405);
    expect((await app.request('/problems/over-quota', {}, { event: eventOf() })).status).toBe(200);
    expect((await app.request('/openapi.json', {}, { event: eventOf() })).status).toBe(401);
    for (const method of ['GET', 'HEAD', 'POST'])
      expect([method, (await app.request('/v1/links/job_x?token=t', { method }, { event: eventOf() })).status]).toEqual([method, 404]);
    expect((await app.request('/v1/links/job_x/more', {}, { event: eventOf() })).status).toBe(404);
    expect((await app.request('/v1/links', {}, { event: eventOf() })).status).toBe(404);
    expect(Object.keys(publicRoutes)).toEqual(['/healthz', '/problems/:name', '/v1/links/:id']);
  });
});
