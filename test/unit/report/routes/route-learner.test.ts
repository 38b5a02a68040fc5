import fc from 'fast-check';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { parseGivenRoutes } from '../../../../report/routes/given-routes.ts';
import { PathTrie } from '../../../../report/routes/path-trie.ts';
import { routeLearner } from '../../../../report/routes/route-learner.ts';
import type { RouteTable } from '../../../../report/routes/route-table.ts';

let clock = 0;

function get(path: string, more: Partial<LoggedRequest> = {}): LoggedRequest {
  return { startMs: clock++ * 137, method: 'GET', path, status: 200, outcome: 'ok', callerKind: 'none', agentKind: 'unknown', ...more };
}

const post = (path: string): LoggedRequest => get(path, { method: 'POST' });
const times = (count: number, make: (i: number) => LoggedRequest): LoggedRequest[] => Array.from({ length: count }, (_, i) => make(i));
const rejected = (path: string, status: number): LoggedRequest => get(path, { status, outcome: 'rejected' });

function tableOf(requests: readonly LoggedRequest[]): RouteTable {
  const learner = routeLearner();
  for (const request of requests) learner.learn(request);
  return learner.finish();
}

const inferred = (table: RouteTable): string[] => table.inferred.map(({ method, path }) => `${method} ${path}`);
const templateOf = (table: RouteTable, path: string): string | undefined => table.templateOf(get(path))?.path;
const nameOf = (i: number): string =>
  `${String.fromCharCode(97 + (i % 26))}${'bcdfghjk'[i % 8]}${'lmnopqrs'[(i >> 3) % 8]}${'tuvwxyza'[(i >> 6) % 8]}son${'aeiou'[(i >> 9) % 5]}`;

describe('identifiers', () => {
  it('of six shapes are one parameter', () => {
    const ids = [
      '17',
      '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      '01ARZ3NDEKTSV4RRFFQ69G5FAV',
      '0ujtsYcgvSTl8PAuAdqWYSMnLOv',
      '507f1f77bcf86cd799439011',
      'V1StGXR8_Z5jdHi6B-myT',
    ];
    const table = tableOf(ids.map((id) => get(`/orders/${id}`)));
    expect(inferred(table)).toEqual(['GET /orders/{id}']);
    expect(table.inferred[0]?.shapes).toHaveLength(3);
    expect(table.inferred[0]?.shapes[0]).toMatch(/^\/orders\/[a9_-]+$/);
    expect(table.templateOf(get('/orders/4711'))).toEqual({ path: '/orders/{id}', source: 'inferred' });
  });

  it('that look like words are put to the others beside them, when they are rare', () => {
    const table = tableOf([
      ...times(100, (i) => get(`/files/${1_000 + i}`)),
      get('/files/abcdefghijklmnoP'),
      ...times(9, () => get('/files/getMonthlyReport')),
    ]);
    expect(inferred(table)).toEqual(['GET /files/getMonthlyReport', 'GET /files/{id}']);
  });

  it('are never shown', () => {
    const table = tableOf([
      get('/users/ana@example.com'),
      get('/users/jane.doe@example.com'),
      get('/phones/+4915112345678'),
      get('/ips/203.0.113.7'),
    ]);
    expect(JSON.stringify(table.inferred)).not.toMatch(/ana|jane|4915|203/);
  });
});

describe('names', () => {
  const users = times(300, (i) => get(`/users/${nameOf(i)}`));

  it('behind a plural are one parameter, and what is frequent or an operation stays', () => {
    const table = tableOf([
      ...users,
      ...times(100, () => get('/users/me')),
      ...times(60, () => get('/users/everyone')),
      post('/users/import'),
    ]);
    expect(inferred(table)).toEqual(['GET /users/everyone', 'POST /users/import', 'GET /users/me', 'GET /users/{user}']);
    expect(templateOf(table, '/users/somebody-new')).toBe('/users/{user}');
  });

  it('join the numbers at the same position', () => {
    expect(inferred(tableOf([...users, ...times(50, (i) => get(`/users/${i}`))]))).toEqual(['GET /users/{user}']);
  });

  it('keep what is behind them apart', () => {
    const table = tableOf([
      ...users,
      ...times(300, (i) => get(`/users/${nameOf(i)}/orders/${i}`)),
      ...times(300, (i) => post(`/users/${nameOf(i)}/orders`)),
    ]);
    expect(inferred(table)).toEqual(['GET /users/{user}', 'POST /users/{user}/orders', 'GET /users/{user}/orders/{id}']);
  });

  it('with something rare behind them are still names', () => {
    const table = tableOf([...users, ...times(300, (i) => get(`/users/${nameOf(i)}`)), get(`/users/${nameOf(3)}/quirk`)]);
    expect(inferred(table)).toEqual(['GET /users/{user}', 'GET /users/{user}/quirk']);
  });

  it('stay apart from a child with another method', () => {
    expect(inferred(tableOf([...users, ...times(5, () => post('/users/reindex'))]))).toContain('POST /users/reindex');
  });

  it('of articles are slugs', () => {
    const table = tableOf(times(50, (i) => get(`/blog/${nameOf(i)}-and-${nameOf(i * 7)}`)));
    expect(inferred(table)).toEqual(['GET /blog/{blog}']);
  });
});

describe('a wrong merge hides a slow endpoint, so these stay apart', () => {
  it('a few kinds of one thing', () => {
    const table = tableOf(['daily', 'weekly', 'monthly'].flatMap((kind) => times(50, () => get(`/reports/${kind}`))));
    expect(inferred(table)).toEqual(['GET /reports/daily', 'GET /reports/monthly', 'GET /reports/weekly']);
  });

  it('forty kinds of reports', () => {
    expect(tableOf(times(4_000, (i) => get(`/reports/${nameOf(i % 40)}`))).inferred).toHaveLength(40);
  });

  it('forty resources with the same methods behind /api', () => {
    const resource = (i: number): string => `/api/v1/${nameOf(i % 40)}`;
    const table = tableOf(
      times(4_000, (i) =>
        (i >> 5) % 2 === 0
          ? get(`${resource(i)}/${['search', i][(i >> 6) % 2]}`)
          : (i >> 6) % 2 === 0
            ? get(resource(i))
            : post(resource(i)),
      ),
    );
    expect(table.inferred.every(({ path }) => !path.includes('{name}'))).toBe(true);
  });

  it('forty procedures, with dots or in camel case', () => {
    expect(tableOf(times(2_000, (i) => post(`/trpc/${nameOf(i % 40)}.list`))).inferred).toHaveLength(40);
    expect(tableOf(times(2_000, (i) => post(`/shop.v1.Orders/Get${nameOf(i % 40)}`))).inferred).toHaveLength(40);
  });

  it('versions, also as numbers with a point', () => {
    const table = tableOf(['v1', 'v2', '1.1', '2.0'].flatMap((version) => times(5, (i) => get(`/${version}/orders/${i}`))));
    expect(inferred(table)).toEqual(['GET /1.1/orders/{id}', 'GET /2.0/orders/{id}', 'GET /v1/orders/{id}', 'GET /v2/orders/{id}']);
  });

  it('a word beside identifiers', () => {
    const table = tableOf([...times(50, (i) => get(`/media/genre/${i}`)), get('/media/genre/list'), get('/media/genre/17/list')]);
    expect(inferred(table)).toEqual(['GET /media/genre/list', 'GET /media/genre/{id}', 'GET /media/genre/{id}/list']);
  });

  it('custom methods and extensions of identifiers', () => {
    const table = tableOf(times(40, (i) => post(`/orders/${i}${[':cancel', ':refund', '.pdf', ''][i % 4]}`)));
    expect(inferred(table)).toEqual(['POST /orders/{id}', 'POST /orders/{id}.pdf', 'POST /orders/{id}:cancel', 'POST /orders/{id}:refund']);
  });
});

describe('layouts', () => {
  it('with the tenant first are grouped by what tenants have in common', () => {
    const table = tableOf(
      times(6_000, (i) => get(`/${nameOf(i % 60)}/${['orders', 'invoices'][Math.floor(i / 60) % 2]}/${i}`)).concat(
        times(900, () => get('/login')),
      ),
    );
    expect(inferred(table)).toEqual(['GET /login', 'GET /{name}/invoices/{id}', 'GET /{name}/orders/{id}']);
  });

  it('with the owner and the repository first are grouped at both positions', () => {
    const table = tableOf(times(4_000, (i) => get(`/${nameOf(i % 300)}/${nameOf((i * 7) % 500)}/hooks`)));
    expect(inferred(table)).toEqual(['GET /{name}/{name}/hooks']);
  });

  it('with the locale first: frequent ones stay, the rest is one parameter', () => {
    const locales = 'de fr es it pt nl pl cs sv da fi nb el hu ro bg hr sk sl et lv lt'.split(' ');
    const table = tableOf([...times(900, () => get('/en/shop')), ...locales.flatMap((locale) => times(20, () => get(`/${locale}/shop`)))]);
    expect(inferred(table)).toEqual(['GET /en/shop', 'GET /{locale}/shop']);
  });

  it('with dates', () => {
    const table = tableOf([get('/days/2026-11-25/total'), get('/days/2026-11-26/total'), get('/blog/2026/11/25/news')]);
    expect(inferred(table)).toEqual(['GET /blog/{id}/{id}/{id}/news', 'GET /days/{date}/total']);
  });

  it('with matrix parameters, an encoded slash and a query', () => {
    const table = tableOf([
      get('/map;lat=1/tiles;z=3'),
      get('/map/tiles'),
      get('/projects/group%2Fproject/issues'),
      get('/search?q=a/b'),
      get('/search'),
    ]);
    expect(inferred(table)).toEqual(['GET /map/tiles', 'GET /projects/{id}/issues', 'GET /search']);
    expect(templateOf(table, '/projects/a%2Fb%2Fc/issues')).toBe('/projects/{id}/issues');
    expect(templateOf(table, '/map;lat=9/tiles')).toBe('/map/tiles');
  });

  it('deeper than 16 segments end in a wildcard', () => {
    const table = tableOf([get(`/${'a/'.repeat(20)}b`)]);
    expect(inferred(table)).toEqual([`GET /${'a/'.repeat(16)}*`]);
    expect(templateOf(table, `/${'a/'.repeat(18)}c`)).toBe(`/${'a/'.repeat(16)}*`);
  });

  it('with the root, with names of properties, with static files and preflights', () => {
    const table = tableOf([get('/'), get('/__proto__/constructor'), get('/app.js'), get('/x', { method: 'OPTIONS' })]);
    expect(inferred(table)).toEqual(['GET /', 'GET /__proto__/constructor']);
    expect(templateOf(table, '/constructor')).toBeUndefined();
  });
});

describe('what is rejected', () => {
  it('with 404 gets no template of its own, and that of others like it', () => {
    const table = tableOf([
      ...times(30, (i) => rejected(`/wp-${nameOf(i)}.php`, 404)),
      get('/orders/1'),
      rejected('/orders/2', 404),
      rejected('/orders', 404),
    ]);
    expect(inferred(table)).toEqual(['GET /orders/{id}']);
    expect(table.templateOf(rejected('/orders/3', 404))?.path).toBe('/orders/{id}');
    expect(table.templateOf(rejected('/wp-login.php', 404))).toBeUndefined();
    expect(table.templateOf(rejected('/orders', 404))).toBeUndefined();
  });

  it('with 401 or 403 is believed for few paths, not for a scanner', () => {
    const few = tableOf([rejected('/login', 401), get('/orders/1')]);
    expect(inferred(few)).toEqual(['GET /login', 'GET /orders/{id}']);
    const scanner = tableOf([...times(500, (i) => rejected(`/${nameOf(i)}`, 403)), get('/orders/1'), rejected('/orders/2/items', 403)]);
    expect(inferred(scanner)).toEqual(['GET /orders/{id}', 'GET /orders/{id}/items']);
  });

  it('leaves the real endpoints apart in a million paths of a scanner that is answered', () => {
    const learner = routeLearner();
    for (let i = 0; i < 60_000; i++) learner.learn(get(`/${nameOf(i)}-${i.toString(26)}q`));
    for (let i = 0; i < 3_000; i++) learner.learn(post(`/api/orders/${i}/cancel`));
    const table = learner.finish();
    expect(table.templateOf(post('/api/orders/7/cancel'))?.path).toBe('/api/orders/{id}/cancel');
    expect(table.notes.join()).toContain('--routes');
  });
});

describe('memory', () => {
  it('is bounded for a million different paths at one position', () => {
    const trie = new PathTrie();
    for (let i = 0; i < 1_000_000; i++) trie.add(`/${i.toString(26)}zz`, 'GET', i);
    expect(trie.nodeCount).toBeLessThanOrEqual(2_251);
    trie.trim();
    expect(trie.nodeCount).toBe(2_001);
  });

  it('is bounded for different paths at every position', () => {
    const trie = new PathTrie();
    for (let i = 0; i < 60_000; i++)
      trie.add(`/x${nameOf(i)}/y${nameOf(i * 7)}/${(i * 31).toString(26)}z/${(i * 37).toString(26)}z/end`, 'GET', i);
    expect(trie.nodeCount).toBeLessThanOrEqual(300_000);
  });

  it('is bounded by the depth where there are too many nodes', () => {
    const trie = new PathTrie(1_000);
    for (let i = 0; i < 2_000; i++) trie.add(`/a/b${nameOf(i % 500)}/c/d${nameOf(i)}x${i.toString(26)}`, 'GET', i);
    expect(trie.nodeCount).toBeLessThanOrEqual(1_000);
    expect(trie.keptDepth).toBe(2);
    expect([...(trie.root.children?.get('a')?.children?.values() ?? [])].reduce((sum, node) => sum + (node.rest[0] ?? 0), 0)).toBe(2_000);
  });
});

describe('more than 500 endpoints', () => {
  const requests = Array.from({ length: 750 }, (_, n) => {
    const [i, j] = [Math.floor(n / 25), n % 25];
    return times(i === 0 ? 50 : 1 + j, () => get(`/api/${nameOf(i)}/run/k${nameOf(j)}`));
  }).flat();
  const table = tableOf(requests);

  it('are 500 at most, the rarest merged under their parents', () => {
    expect(table.inferred.length).toBeLessThanOrEqual(500);
    expect(table.notes.join()).toMatch(/More than 500 endpoints were found: the \d+ rarest/);
    expect(inferred(table)).toContain(`GET /api/${nameOf(0)}/run/k${nameOf(0)}`);
  });

  it('still have a template for each request, and none for what was never found', () => {
    for (const { path } of requests) expect(templateOf(table, path)).toBeDefined();
    expect(table.templateOf(rejected(`/api/${nameOf(3)}/run/nothing`, 404))).toBeUndefined();
  });
});

describe('the order of trust', () => {
  it('is the log, the given routes, then inference; a function has its name', async () => {
    const learner = routeLearner(await parseGivenRoutes('GET /orders/{order}', 'routes.txt'));
    learner.learn(get('/users/1'));
    const table = learner.finish();
    expect(table.templateOf(get('/orders/1', { route: '/orders/{id}' }))).toEqual({ path: '/orders/{id}', source: 'log' });
    expect(table.templateOf(get('/orders/1', { route: 'GET /orders/{id}' }))).toEqual({ path: '/orders/{id}', source: 'log' });
    expect(table.templateOf(get('/orders/1'))).toEqual({ path: '/orders/{order}', source: 'routes' });
    expect(table.templateOf(get('/users/2'))).toEqual({ path: '/users/{id}', source: 'inferred' });
    expect(table.templateOf(get('make-report', { isInvocation: true }))).toEqual({ path: 'make-report', source: 'function' });
    expect(inferred(table)).toEqual(['GET /users/{id}']);
  });

  it.each(['$default', 'ANY /{proxy+}', '/api/{proxy+}', '/api/*', '/**', '/{*path}', '', '-'])(
    'does not believe the route %s, which is everything',
    (route) => {
      const table = tableOf([get('/api/orders/1', { route })]);
      expect(table.templateOf(get('/api/orders/2', { route }))).toEqual({ path: '/api/orders/{id}', source: 'inferred' });
    },
  );
});

describe('the order of requests', () => {
  const segment = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('api', 'v1', 'users', 'orders', 'me', 'reports', 'export') },
    { weight: 2, arbitrary: fc.nat(5_000).map(nameOf) },
    { weight: 1, arbitrary: fc.nat().map(String) },
    { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
  );
  const request = fc
    .record({
      segments: fc.array(segment, { maxLength: 5 }),
      method: fc.constantFrom('GET', 'POST', 'BREW'),
      status: fc.constantFrom(200, 200, 404, 403, 301),
      startMs: fc.nat(),
    })
    .map(({ segments, method, status, startMs }) =>
      get(`/${segments.join('/')}`, { method, status, startMs, outcome: status >= 400 ? 'rejected' : status >= 300 ? 'redirect' : 'ok' }),
    );
  const shown = (table: RouteTable, requests: readonly LoggedRequest[]): string =>
    JSON.stringify([table.inferred, table.notes, requests.map((one) => table.templateOf(one) ?? null)]);

  it('changes nothing, and each request that was learnt has a template', () =>
    fc.assert(
      fc.property(
        fc
          .array(request, { minLength: 1, maxLength: 200 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const table = tableOf(all);
          expect(shown(tableOf(shuffled), all)).toBe(shown(table, all));
          for (const one of all) if (one.outcome === 'ok' && !one.path.includes('.')) expect(table.templateOf(one)).toBeDefined();
        },
      ),
      { numRuns: 60 },
    ));

  it('changes nothing where positions are crowded', () => {
    const requests = [
      ...times(9_000, (i) => get(`/wiki/${nameOf(i)}${i.toString(26)}q`)),
      ...times(9_000, (i) => get(`/u/${nameOf(i % 3_000)}x${(i % 3_000).toString(26)}q/${nameOf(i % 70)}/${nameOf(i % 90)}/deep`)),
      ...times(1_500, (i) => post(`/wiki/upload${i % 3}/part`)),
    ];
    const reversed = [...requests].reverse();
    const mixed = requests.map((_, i) => requests[(i * 7_919) % requests.length] ?? get('/'));
    const expected = shown(tableOf(requests), requests);
    expect(shown(tableOf(reversed), requests)).toBe(expected);
    expect(shown(tableOf(mixed), requests)).toBe(expected);
  });
});
