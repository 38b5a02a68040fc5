import * as z from 'zod';
import { jsonSchemasOf } from '../../../../lambdas/api/resources/json-schemas.ts';
import type { JobTypeContract } from '../../../../lambdas/core/contract/contract.ts';

const contract = (changes: object) => ({ input: z.strictObject({}), output: z.string(), ...changes }) as unknown as JobTypeContract;
const approve = z.strictObject({ by: z.string().max(50), level: z.int().default(1) });

it('shows the schema of each signal as a caller has to send it', () => {
  const { signalSchemas } = jsonSchemasOf(contract({ signals: { approve, note: z.unknown() } }));
  expect(signalSchemas).toMatchObject({
    approve: {
      type: 'object',
      properties: { by: { maxLength: 50 }, level: { default: 1 } },
      required: ['by'],
      additionalProperties: false,
    },
    note: {},
  });
  expect(jsonSchemasOf(contract({})).signalSchemas).toEqual({});
});

it('has another hash for another signal, and the one that it had for a type without signals', () => {
  const hashOf = (changes: object) => jsonSchemasOf(contract(changes)).schemaHash;
  const hashes = [
    hashOf({}),
    hashOf({ signals: { approve } }),
    hashOf({ signals: { allow: approve } }),
    hashOf({ signals: { approve: z.null() } }),
  ];
  expect(new Set(hashes).size).toBe(4);
  expect(hashOf({})).toBe(hashOf({ signals: undefined }));
});
