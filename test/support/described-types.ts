/** The four job types that the pages about costs describe. Their figures are checked with these, also when the catalogue has more. */
import { catalogue } from '../../lambdas/jobs/catalogue.ts';

const names = ['launch-instances', 'run-query', 'terminate-instances', 'write-batch'];

export const describedTypes = catalogue.filter(({ name }) => names.includes(name));
