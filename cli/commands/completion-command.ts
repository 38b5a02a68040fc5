/** `delegation completion`. */
import { type RunCommand, text } from '../command.ts';
import { completionOf } from '../completion.ts';

export const completion: RunCommand = async (input, { out }, table) => {
  await out.write(completionOf(text(input, 'shell') ?? '', table));
  return 0;
};
