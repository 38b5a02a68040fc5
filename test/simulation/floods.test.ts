/** Floods of one owner's alarms delay no other owner's, floods of one kind stop no other work of the clock, and each mutant of the clock violates that. */
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
  'the floods catch the mutant of the clock: %s',
  async (name) => {
    const { code, output } = await simulate('--mutant', name, '--floods');
    expect(output).toMatch(/^flood: .+ violates an invariant: /m);
    expect(code).toBe(1);
  },
  300_000,
);
