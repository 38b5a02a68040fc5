/** `delegation console`: the console of a deployment, on this machine. */
import { consoleFiles } from '../../console/server/console-files.ts';
import { startConsoleProxy } from '../../console/server/console-proxy.ts';
import { openSession } from '../api-session.ts';
import { flag, type RunCommand, text } from '../command.ts';
import { openBrowser } from '../open-browser.ts';
import { authOf } from '../target/authorise.ts';
import { plain } from '../text-style.ts';
import { wholeNumber } from '../whole-number.ts';

/** Signs for the console until Ctrl-C. A local mode has its own, which is only opened. */
export const openConsole: RunCommand = async (input, io) => {
  const port = wholeNumber(text(input, 'port') ?? '0', '--port', 0, 65_535);
  const session = openSession(input, io, { maxTries: 2 });
  const { target } = session;
  // Before a browser is opened: a page that cannot do anything explains less than a message here.
  const me = await session.client.me({ signal: io.signal });
  const isReadOnly = flag(input, 'read-only');
  if (target.authorisation.kind === 'none' && !isReadOnly) {
    const url = `${target.url}/console`;
    await io.out.write(`${url}\n`);
    if (flag(input, 'open')) openBrowser(url);
    return 0;
  }
  const proxy = await startConsoleProxy({
    target: {
      url: target.url,
      auth: authOf(target.authorisation),
      label: plain(`${me.deployment ?? 'local'} as ${me.owner}`),
      region: target.authorisation.kind === 'sigv4' ? target.authorisation.region : null,
    },
    files: await consoleFiles(),
    port,
    isReadOnly,
    log: (line) => void io.messages.write(`${plain(line)}\n`),
  });
  await io.out.write(`${proxy.url}\n`);
  await io.messages.write(
    `The console of ${target.url}${isReadOnly ? ', for reading alone' : ''}. Its address holds a key: keep it to yourself. Ctrl-C ends it.\n`,
  );
  if (flag(input, 'open')) openBrowser(proxy.url);
  await new Promise<void>((resolve) => io.signal.addEventListener('abort', () => resolve(), { once: true }));
  await proxy.stop();
  return 0;
};
