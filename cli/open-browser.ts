/** Opens an address in the browser of this machine. */
import { spawn } from 'node:child_process';

const programs: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  // `start` would take an ampersand for the end of a command.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Where there is no browser nothing happens: the address was printed. */
export function openBrowser(url: string): void {
  const [program, ...args] = programs[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

/** @returns whether a window can be opened: macOS and Windows have a desktop, others say so in the environment */
export function hasBrowser(env: Readonly<Record<string, string | undefined>>): boolean {
  const isRemote = Boolean(env['SSH_CONNECTION'] || env['CI']);
  if (process.platform === 'darwin' || process.platform === 'win32') return !isRemote;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']) && !isRemote;
}
