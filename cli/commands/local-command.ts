/** `delegation dev` and `delegation demo`. */
import { flag, type RunCommand, text } from '../command.ts';
import { hasBrowser, openBrowser } from '../open-browser.ts';

export const dev: RunCommand = async (input) => {
  const run = (await import('../../local/dev/dev-command.ts')).dev;
  return run({
    folder: text(input, 'folder') ?? 'jobs',
    port: text(input, 'port'),
    data: text(input, 'data'),
    env: text(input, 'env'),
    hasBuiltIn: flag(input, 'built-in'),
    isFresh: flag(input, 'fresh'),
    onReady: (url) => {
      if (flag(input, 'open')) openBrowser(`${url}/console`);
    },
  });
};

export const demo: RunCommand = async (input, io) => {
  const run = (await import('../../local/demo/demo-command.ts')).demo;
  const isOpen = flag(input, 'open') || (io.out.isTerminal && hasBrowser(io.env) && !flag(input, 'no-open'));
  run({
    isKept: isOpen,
    onReady: (url) => {
      if (isOpen) openBrowser(`${url}/console`);
    },
  });
  return undefined;
};
