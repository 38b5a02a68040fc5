import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsReference } from '../../../lib/settings-reference.ts';

// It throws if a setting has no description.
it('docs/settings.md is what `npm run docs` generates from the settings', () =>
  expect(readFileSync(join(__dirname, '..', '..', '..', 'docs', 'settings.md'), 'utf8')).toBe(settingsReference()));

it.each([
  ['a nested one', '| `ec2.instanceTypes` | list of text | empty | Instance types that may be launched. |'],
  [
    'one of a kind of authentication',
    '| `auth.audience` | list of text, at least 1 | required | With `kind: "jwt"`: One of these must be in `aud` (or `client_id`). |',
  ],
  ['one with bounds', '| `retentionDays` | whole number, 1 to 3650 | `30` | How long an ended job is kept. |'],
])('the page of settings has %s, with name, value, default and effect', (_, row) => expect(settingsReference().split('\n')).toContain(row));
