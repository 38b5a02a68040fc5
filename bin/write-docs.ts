/** `npm run docs`: writes what is generated: docs/settings.md, docs/problems.md, docs/cli.md, docs/job-event.schema.json, openapi.json and client/problem-names.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../cli/commands.ts';
import { cliReference } from '../cli/reference-page.ts';
import { openApiDocument } from '../lambdas/api/openapi/document.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
import { jobEventJsonSchema } from '../lib/event-schema.ts';
import { problemNamesOfClient, problemsReference } from '../lib/problems-reference.ts';
import { settingsReference } from '../lib/settings-reference.ts';

const root = join(import.meta.dirname, '..');

writeFileSync(join(root, 'docs', 'settings.md'), settingsReference());
writeFileSync(join(root, 'docs', 'problems.md'), problemsReference());
writeFileSync(join(root, 'docs', 'cli.md'), cliReference(commands));
writeFileSync(join(root, 'docs', 'job-event.schema.json'), jobEventJsonSchema());
writeFileSync(join(root, 'client', 'problem-names.ts'), problemNamesOfClient());
writeFileSync(join(root, 'openapi.json'), `${JSON.stringify(openApiDocument(catalogue), null, 2)}\n`);
