/** `delegation typegen`. */
import { resolve } from 'node:path';
import { openSession } from '../api-session.ts';
import { flag, type RunCommand, text } from '../command.ts';
import { writeTypes } from '../typegen/typegen-command.ts';

export const typegen: RunCommand = async (input, io) => {
  const { client } = openSession(input, io);
  const output = text(input, 'output');
  return writeTypes({
    client,
    output: output === undefined ? undefined : resolve(io.cwd, output),
    isCheck: flag(input, 'check'),
    write: (written) => void io.out.write(written),
    log: (line) => void io.messages.write(`${line}\n`),
  });
};
