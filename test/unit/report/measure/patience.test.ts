import { LogHistogram } from '../../../../report/measure/log-histogram.ts';
import { patienceFacts } from '../../../../report/measure/patience.ts';

function histogram(values: readonly number[]): LogHistogram {
  const found = new LogHistogram();
  for (const value of values) found.add(value);
  return found;
}

it('computes the curve of Kaplan and Meier by hand', () => {
  // Ten callers. Hang-ups after 2, 4 and 8 s; answers after 1, 3, 5, 9, 9, 9 and 9 s: at risk 9, 7 and 5.
  const hangUps = [2_000, 4_000, 8_000];
  const waits = [1_000, 3_000, 5_000, 9_000, 9_000, 9_000, 9_000, ...hangUps];
  const facts = patienceFacts(histogram(waits), histogram(hangUps));
  const expected = [8 / 9, (8 / 9) * (6 / 7), (8 / 9) * (6 / 7) * (4 / 5)];
  expect(facts?.curve.map(({ waiting }) => waiting[1])).toEqual(expected.map((value) => expect.closeTo(value, 10)));
  expect(facts?.curve.map(({ seconds }) => Math.round(seconds))).toEqual([2, 4, 8]);
  // Greenwood: S² · Σ d / (n (n − d)).
  const variance = 1 / (9 * 8) + 1 / (7 * 6);
  const at4 = facts?.curve[1]?.waiting ?? [0, 0, 0];
  expect(at4[1] - at4[0]).toBeCloseTo(1.96 * (expected[1] ?? 0) * Math.sqrt(variance), 10);
  expect(facts?.quarterGoneSeconds).toBeCloseTo(8, 0);
});

it('says nothing where all callers waited', () => expect(patienceFacts(histogram([1_000]), histogram([]))).toBeNull());

it("distinguishes the client's own time-out from people", () => {
  const timeouts = Array.from({ length: 40 }, (_, i) => 10_000 + i);
  const people = Array.from({ length: 60 }, (_, i) => 3_000 + i * 400);
  const answers = Array.from({ length: 400 }, (_, i) => 2_000 + i * 100);
  const facts = (hangUps: readonly number[]) => patienceFacts(histogram([...answers, ...hangUps]), histogram(hangUps));
  expect(facts([...timeouts, ...people])?.clientTimeoutSeconds).toBe(10);
  expect(facts(people)?.clientTimeoutSeconds).toBeNull();
});
