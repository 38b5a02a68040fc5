import { bareBundle, functionBundles } from '../../bench/bundles.ts';

const bundles = functionBundles();
const bundleOf = (name: string) => {
  const found = bundles.find((bundle) => bundle.name === name);
  if (found === undefined) throw new Error(`no bundle of ${name}`);
  return found;
};

it("the API's bundle is at most 1.3 times one of nothing but its SDK clients", () => {
  expect(bundleOf('api').bytes / bareBundle().bytes).toBeLessThanOrEqual(1.3);
});

it('the API and the clock carry no work, and no client that they do not call', () => {
  for (const [name, foreign] of [
    ['api', /client-ec2|duckdb|csv-parse|lib-storage|lambdas\/jobs\/.*\/worker\.ts/],
    ['clock', /client-(ec2|s3)|duckdb|csv-parse|hono|presigner|lambdas\/api|lambdas\/jobs\/.*\/worker\.ts/],
  ] as const)
    expect(bundleOf(name).inputs.filter((file) => foreign.test(file))).toEqual([]);
});

it('no function carries the sources of credentials that Lambda does not have', () => {
  for (const { name, inputs } of bundles)
    expect([name, inputs.filter((file) => /nested-clients|credential-provider-(?!env)|token-providers/.test(file))]).toEqual([name, []]);
});
