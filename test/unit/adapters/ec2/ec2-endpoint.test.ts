import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { type EndpointParameters, resolveEndpoint } from '../../../../lambdas/adapters/ec2/endpoint.ts';

/** The SDK's own list, which it does not export. */
const file = join(dirname(require.resolve('@aws-sdk/core/package.json')), 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js');
const regions = [
  ...new Set([...readFileSync(file, 'utf8').matchAll(/"?((?:[a-z]+-){2,3}(?:\d|global))"?/g)].map(([, region = '']) => region)),
];
const { endpointProvider } = new EC2Client({ region: 'us-east-1' }).config;

/** @returns the URL, or why there is none */
function outcome(resolve: () => { readonly url: URL }): string {
  try {
    return resolve().url.href;
  } catch (error) {
    return String((error as Error).message);
  }
}

const same = (parameters: EndpointParameters) =>
  expect([parameters, outcome(() => resolveEndpoint(parameters))]).toEqual([
    parameters,
    outcome(() => endpointProvider({ ...parameters })),
  ]);

it("finds each partition's regions in the SDK's list", () => {
  expect(regions).toEqual(
    expect.arrayContaining(['us-east-1', 'eu-central-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'us-isob-east-1']),
  );
  expect(regions.length).toBeGreaterThan(40);
});

it.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('resolves all regions as the SDK does, with FIPS %s and dual stack %s', (UseFIPS, UseDualStack) => {
  for (const Region of regions) same({ Region, UseFIPS, UseDualStack });
});

it('resolves regions that the SDK does not know yet, given endpoints, and their mistakes as the SDK does', () => {
  const region = fc.constantFrom(
    'eu-east-9',
    'cn-west-7',
    'us-gov-south-1',
    'us-iso-south-3',
    'eusc-fr-east-1',
    'mars-1',
    'us-isof-x-1',
    '',
  );
  const endpoint = fc.constantFrom('http://127.0.0.1:4566', 'https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com', 'http://host/base');
  const any = fc.record({ Region: region, Endpoint: endpoint, UseFIPS: fc.boolean(), UseDualStack: fc.boolean() }, { requiredKeys: [] });
  fc.assert(fc.property(any, same), { numRuns: 500 });
});
