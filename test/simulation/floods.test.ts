/** No owner's alarms wait for another's, and the clock does all of its work, whatever there is of one kind; and the proof that this can fail. */
import { clockMutants } from './clock-mutants.ts';
import { floods } from './floods.ts';
import { simulate } from './run-simulate.ts';

it.each(Object.keys(floods))(
  '%s',
  async (name) => {
    expect(await floods[name]?.()).toEqual([]);
  },
  300_000,
);

it.each(Object.keys(clockMutants))(
  'catches a clock that is broken: %s',
  async (name) => {
    const { code, output } = await simulate('--mutant', name, '--floods');
    expect(output).toMatch(/^flood: .+ breaks a promise: /m);
    expect(code).toBe(1);
  },
  300_000,
);
