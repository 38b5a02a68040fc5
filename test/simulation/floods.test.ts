/** Floods of one owner's alarms delay no other owner's, floods of one kind stop no other work of the clock, and each mutant of the clock violates that. */
import { clockMutants } from './clock-mutants.ts';
import { floods } from './floods.ts';
import { simulateFloods, simulateMutants } from './run-simulate.ts';

const verdictOn = simulateMutants('--floods');
const floodOf = simulateFloods();

it.each(Object.keys(floods))('%s', async (name) => {
  expect((await floodOf(name)).violations).toEqual([]);
});

it.each(Object.keys(clockMutants))('the floods catch the mutant of the clock: %s', async (name) => {
  const { witness, violation } = await verdictOn(name);
  expect(floods).toHaveProperty([witness ?? '']);
  expect(violation).toMatch(/\S/);
});
