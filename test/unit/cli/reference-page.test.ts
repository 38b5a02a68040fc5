import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../../cli/commands.ts';
import { cliReference } from '../../../cli/reference-page.ts';

it('is what docs/cli.md has: npm run docs writes it', () =>
  expect(readFileSync(join(__dirname, '..', '..', '..', 'docs', 'cli.md'), 'utf8')).toBe(cliReference(commands)));
