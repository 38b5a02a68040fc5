import { ReportError } from '../../../../report/report-error.ts';
import { parseGivenRoutes } from '../../../../report/routes/given-routes.ts';

const text = `
# comments and empty lines are ignored
GET /orders/{id}        # so is what follows
POST /orders/:order/cancel
/orders/mine
GET /files/{path+}
GET /assets/*
GET /books/{id}.json
GET /books/{a}-{b}/pages
ANY /tenants/*/users
DELETE /users/<name>/
GET /
`;

it.each([
  ['GET', '/orders/17', '/orders/{id}'],
  ['HEAD', '/orders/17', '/orders/{id}'],
  ['PUT', '/orders/17', '/orders/{id}'],
  ['GET', '/orders/mine', '/orders/mine'],
  ['POST', '/orders/17/cancel', '/orders/:order/cancel'],
  ['GET', '/files/a/b/c', '/files/{path+}'],
  ['GET', '/files', undefined],
  ['GET', '/assets/a/b', '/assets/*'],
  ['GET', '/books/17.json', '/books/{id}.json'],
  ['GET', '/books/17', undefined],
  ['GET', '/books/.json', undefined],
  ['GET', '/books/a-b/pages', '/books/{a}-{b}/pages'],
  ['PATCH', '/tenants/acme/users', '/tenants/*/users'],
  ['DELETE', '/users/ana', '/users/<name>'],
  ['GET', '/', '/'],
  ['GET', '/nothing', undefined],
])('%s %s belongs to %s', async (method, path, template) => {
  const routes = await parseGivenRoutes(text, 'routes.txt');
  expect(routes.count).toBe(10);
  expect(routes.match(method, path)).toBe(template);
});

it('goes back to a placeholder where a literal segment leads nowhere', async () => {
  const routes = await parseGivenRoutes('/users/me\n/users/{user}/orders', 'routes.txt');
  expect(routes.match('GET', '/users/me/orders')).toBe('/users/{user}/orders');
});

it('prefers the template of the same method', async () => {
  const routes = await parseGivenRoutes('GET /a/{x}\nPOST /a/{y}', 'routes.txt');
  expect(routes.match('POST', '/a/1')).toBe('/a/{y}');
});

describe('an OpenAPI document', () => {
  const document = {
    openapi: '3.1.0',
    servers: [{ url: 'https://{region}.example.com/{base}/', variables: { region: { default: 'eu' }, base: { default: 'v1' } } }],
    paths: {
      '/orders/{id}': { get: {}, parameters: [] },
      '/orders/export': { get: {} },
      '/uploads': { servers: [{ url: 'https://up.example.com' }], post: { servers: [{ url: '/files' }] } },
      'x-extension': { get: {} },
    },
  };

  it.each([
    ['GET', '/v1/orders/17', '/v1/orders/{id}'],
    ['GET', '/orders/17', '/orders/{id}'],
    ['GET', '/v1/orders/export', '/v1/orders/export'],
    ['POST', '/files/uploads', '/files/uploads'],
    ['POST', '/v1/uploads', undefined],
  ])('matches %s %s with and without the path of its server', async (method, path, template) => {
    const routes = await parseGivenRoutes(`\uFEFF${JSON.stringify(document)}`, 'openapi.json');
    expect(routes.match(method, path)).toBe(template);
  });

  it('of version 2 has a base path', async () => {
    const routes = await parseGivenRoutes(
      JSON.stringify({ swagger: '2.0', basePath: '/api', paths: { '/a': { get: {} } } }),
      'swagger.json',
    );
    expect(routes.match('GET', '/api/a')).toBe('/api/a');
  });
});

it.each([
  ['{"openapi"', 'openapi.json', /openapi\.json is not valid JSON/],
  ['{"openapi":"3.1.0"}', 'openapi.json', /has no "paths"/],
  ['[]', 'routes.json', /has no "paths"/],
  ['{"paths":{}}', 'openapi.json', /holds no routes/],
  ['# nothing\n', 'routes.txt', /holds no routes.*POST \/orders\/\{id\}/],
  ['GET /a\nGET orders', 'routes.txt', /routes\.txt, line 2 is not a route: "GET orders"/],
])('refuses %s in %s, and says what to give', async (content, file, message) => {
  await expect(parseGivenRoutes(content, file)).rejects.toThrow(ReportError);
  await expect(parseGivenRoutes(content, file)).rejects.toThrow(message);
});
