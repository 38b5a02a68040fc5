/**
 * `npm run docs`: writes what is generated: docs/settings.md, docs/problems.md, docs/cli.md, docs/report-rules.md, docs/client-reference.md, docs/http-reference.md,
 * docs/job-event.schema.json, openapi.json, client/problem-names.ts, lambdas/adapters/ec2/schemas.ts and llms.txt.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../cli/commands.ts';
import { cliReference } from '../cli/reference-page.ts';
import { openApiDocument } from '../lambdas/api/openapi/document.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
import { jobEventJsonSchema } from '../lib/event-schema.ts';
import { problemNamesOfClient, problemsReference } from '../lib/problems-reference.ts';
import { settingsReference } from '../lib/settings-reference.ts';
import { rulesPage } from '../report/judge/rules-page.ts';
import { clientDeclarations } from '../site/client-declarations.ts';
import { clientReference } from '../site/client-reference.ts';
import { httpReference } from '../site/http-reference.ts';
import { llmsText } from '../site/llms-text.ts';
import { sectionsOf } from '../site/page-list.ts';
import { ec2SchemasModule } from './ec2-schemas.ts';

const root = join(import.meta.dirname, '..');

writeFileSync(join(root, 'docs', 'settings.md'), settingsReference());
writeFileSync(join(root, 'docs', 'problems.md'), problemsReference());
writeFileSync(join(root, 'docs', 'cli.md'), cliReference(commands));
writeFileSync(join(root, 'docs', 'report-rules.md'), rulesPage());
writeFileSync(join(root, 'docs', 'job-event.schema.json'), jobEventJsonSchema());
writeFileSync(join(root, 'client', 'problem-names.ts'), problemNamesOfClient());
writeFileSync(join(root, 'lambdas', 'adapters', 'ec2', 'schemas.ts'), ec2SchemasModule());
const openApi = `${JSON.stringify(openApiDocument(catalogue), null, 2)}\n`;
writeFileSync(join(root, 'openapi.json'), openApi);
writeFileSync(join(root, 'docs', 'http-reference.md'), httpReference(JSON.parse(openApi)));
writeFileSync(join(root, 'docs', 'client-reference.md'), clientReference(clientDeclarations(root)));
// Last, as it names the pages above.
writeFileSync(
  join(root, 'llms.txt'),
  llmsText(sectionsOf(root), (path) => path),
);
