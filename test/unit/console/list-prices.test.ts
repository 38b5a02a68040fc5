import { prices, usdAPoll, usdARecord } from '../../../console/net/list-prices.ts';
import { prices as regions } from '../../../lib/cost/prices.ts';

it('says the prices that the bill is computed from', () => {
  const { s3Request, lambdaGigabyteSecond, ...others } = prices;
  const of = regions['us-east-1'];
  expect(of).toMatchObject(others);
  expect(lambdaGigabyteSecond).toBe(of?.lambdaGbSecond.arm64);
  expect(s3Request).toBeCloseTo(((of?.s3Put ?? 0) + (of?.s3Get ?? 0)) / 2, 12);
});

it('says what a poll costs, as docs/console.md does', () => {
  expect(usdAPoll * 1e6).toBeCloseTo(1.5, 1);
  expect(usdARecord * 1e6).toBeCloseTo(0.06, 2);
});
