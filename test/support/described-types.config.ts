/** For `npm run cost`: a deployment of the job types that the page about costs describes. */
import { builtInJobTypes, defineDeployments } from '../../lib/index.ts';
import { describedTypes } from './described-types.ts';

export default defineDeployments({ jobTypes: builtInJobTypes.filter(({ contract }) => describedTypes.includes(contract)) });
