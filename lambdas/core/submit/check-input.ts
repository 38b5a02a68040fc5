/** What is wrong with an input that does not come in a request: a job's own delegation, or a schedule's firing. */
import { computedKeyFaults } from '../contract/concurrency-key.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import type { Settings } from '../contract/runtime-settings.ts';
import { parseWithSchema } from '../contract/schema.ts';
import { uploadFaults } from '../contract/upload-reference.ts';
import { errorText } from '../job/error-text.ts';

/** @returns why the job type does not take the input under the settings of now; undefined if it does */
export function inputFault(contract: JobTypeContract, input: unknown, settings: Settings): string | undefined {
  const parsed = parseWithSchema(contract.input, input);
  if (!parsed.success) return `The input is not one that ${contract.name} takes: ${errorText(parsed.error)}`;
  const [fault] = [
    ...(contract.check?.(parsed.data, settings) ?? []),
    ...uploadFaults(contract, input),
    ...computedKeyFaults(contract, parsed.data),
  ];
  return fault === undefined ? undefined : `The input is not one that ${contract.name} takes: ${fault.pointer}: ${fault.detail}`;
}
