/** What is around every screen: navigation, which deployment this is, and how often it is asked. */
import type { JSX } from 'preact';
import { mayWrite, me, session } from './net/session.ts';
import { FailureFrame } from './parts/failure-frame.tsx';
import { Icon, type IconName } from './parts/icon.tsx';
import { Notices } from './parts/notices.tsx';
import { RefreshControl } from './parts/refresh-control.tsx';
import { address, hrefOf } from './route/address.ts';
import { Screen } from './screen.tsx';
import { setTheme, theme, themes } from './theme.ts';

const links: readonly (readonly [string, string, IconName])[] = [
  ['/', 'Overview', 'overview'],
  ['/jobs', 'Jobs', 'jobs'],
  ['/job-types', 'Job types', 'types'],
  ['/schedules', 'Schedules', 'schedules'],
  ['/groups', 'Groups', 'groups'],
  ['/report', 'Report', 'report'],
];

export function AppShell(): JSX.Element {
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <div class="shell">
        <header class="side">
          <a class="brand" href={hrefOf('/')}>
            <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
              <rect width="32" height="32" rx="8" />
              <path d="M9 8h6.5a8 8 0 0 1 0 16H9z" />
              <circle cx="14" cy="16" r="2.4" />
            </svg>
            Delegation
          </a>
          <Deployment />
          <nav aria-label="Screens">
            <ul>
              {links.map(([path, label, icon]) => (
                <li key={path}>
                  <a href={hrefOf(path)} aria-current={isCurrent(path) ? 'page' : undefined}>
                    <Icon name={icon} />
                    {label}
                  </a>
                </li>
              ))}
              {mayWrite() && (
                <li class="submit-link">
                  <a href={hrefOf('/submit')} aria-current={isCurrent('/submit') ? 'page' : undefined}>
                    <Icon name="submit" />
                    Submit a job
                  </a>
                </li>
              )}
            </ul>
          </nav>
          <div class="side-foot">
            <RefreshControl />
            <ThemeChoice />
            <Caller />
          </div>
        </header>
        <main id="main" tabIndex={-1}>
          <FailureFrame key={address.value.path}>
            <Screen path={address.value.path} />
          </FailureFrame>
        </main>
      </div>
      <Notices />
    </>
  );
}

function isCurrent(path: string): boolean {
  const { path: current } = address.value;
  return path === '/' ? current === '/' : current === path || current.startsWith(`${path}/`);
}

function Deployment(): JSX.Element {
  const { label, region, isReadOnly } = session().config;
  const name = label ?? me.value?.deployment ?? 'deployment';
  return (
    <p class="deployment">
      <span class="tag">{region === null ? name : `${name}, ${region}`}</span>
      {isReadOnly && <span class="tag">read-only</span>}
    </p>
  );
}

function Caller(): JSX.Element {
  const { signOut } = session();
  return (
    <p class="soft caller">
      You are <b>{me.value?.owner}</b>
      {me.value?.isAdmin === true && ', an admin'}. Version {me.value?.version}
      {signOut !== undefined && (
        <button type="button" class="small" onClick={signOut}>
          Sign out
        </button>
      )}
    </p>
  );
}

function ThemeChoice(): JSX.Element {
  return (
    <label class="theme">
      <Icon name="theme" />
      <span class="unseen">Theme</span>
      <select value={theme.value} onChange={(event) => setTheme(themes.find((one) => one === event.currentTarget.value) ?? 'system')}>
        {themes.map((one) => (
          <option key={one} value={one}>
            {one === 'system' ? 'System theme' : one === 'light' ? 'Light' : 'Dark'}
          </option>
        ))}
      </select>
    </label>
  );
}
