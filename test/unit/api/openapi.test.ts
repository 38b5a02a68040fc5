import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicRoutes, routes } from '../../../lambdas/api/app.ts';
import { operations } from '../../../lambdas/api/openapi/api-operations.ts';
import { openApiDocument } from '../../../lambdas/api/openapi/document.ts';
import { problems } from '../../../lambdas/api/problems.ts';
import { catalogue } from '../../../lambdas/jobs/catalogue.ts';
import { problemNamesOfClient, problemsReference } from '../../../lib/problems-reference.ts';

const root = join(__dirname, '..', '..', '..');
const methodsOf = (table: Readonly<Record<string, object>>) =>
  Object.entries(table).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));

it('describes every route, and no other', () =>
  expect(methodsOf(operations).toSorted()).toEqual(methodsOf({ ...publicRoutes, ...routes }).toSorted()));

it('says of the public routes alone that they need no caller', () => {
  const open = methodsOf(operations).filter((name) => {
    const [method = '', path = ''] = name.split(' ');
    return operations[path]?.[method]?.isPublic === true;
  });
  expect(open.toSorted()).toEqual(methodsOf(publicRoutes).toSorted());
});

it('describes each parameter of a path', () => {
  for (const [path, methods] of Object.entries(operations))
    for (const operation of Object.values(methods)) {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect([path, Object.keys(operation.path ?? {})]).toEqual([path, named]);
    }
});

it('names every problem at an operation, except those that any request may have', () => {
  const named = new Set(Object.values(operations).flatMap((methods) => Object.values(methods).flatMap(({ problems: own }) => own)));
  const unnamed = Object.keys(problems).filter((code) => !(named as ReadonlySet<string>).has(code));
  expect(unnamed).toEqual(['invalid-parameter', 'unauthenticated', 'internal-error']);
});

it('gives each operation an id of its own', () => {
  const ids = Object.values(operations).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
});

const checkedIn = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as {
  readonly components: {
    readonly schemas: { readonly Submission: { readonly discriminator: { readonly mapping: Readonly<Record<string, string>> } } };
  };
};
/** The types that come with Delegation. A type that was added to the tree is in the document of its deployment. */
const builtIn = Object.keys(checkedIn.components.schemas.Submission.discriminator.mapping);

it('has the types that come with Delegation', () =>
  expect(builtIn).toEqual(['launch-instances', 'run-query', 'terminate-instances', 'write-batch']));

const document = openApiDocument(catalogue.filter(({ name }) => builtIn.includes(name)));

it('has no reference that leads nowhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference);
  expect(references.length).toBeGreaterThan(50);
  for (const reference of references) {
    const found = reference
      .split('/')
      .slice(1)
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);
    expect([reference, typeof found]).toEqual([reference, 'object']);
  }
});

it.each([
  ['openapi.json', `${JSON.stringify(document, null, 2)}\n`],
  ['docs/problems.md', problemsReference()],
  ['client/problem-names.ts', problemNamesOfClient()],
])('%s is what npm run docs writes', (file, text) => expect(readFileSync(join(root, file), 'utf8')).toBe(text));
