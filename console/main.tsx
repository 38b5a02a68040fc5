/** The console: starts in the page that names this script. */
import { render } from 'preact';
import { AppShell } from './app-shell.tsx';
import { openSession } from './net/session.ts';
import { followLinks } from './route/address.ts';
import { StartFailure } from './start-failure.tsx';
import { applyTheme } from './theme.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no element #app.');

applyTheme();
try {
  const session = await openSession();
  if (session !== null) {
    followLinks();
    root.replaceChildren();
    render(<AppShell />, root);
  }
} catch (error) {
  root.replaceChildren();
  render(<StartFailure error={error} />, root);
}
