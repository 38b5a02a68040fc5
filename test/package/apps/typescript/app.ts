import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { builtInJobTypes, Delegation, type DelegationProps } from 'delegation-aws';
import { contract } from './jobs/send-greeting/contract.ts';

const builtIn = (process.env['BUILT_IN'] ?? '').split(',');
const own = { contract, folder: join(import.meta.dirname, 'jobs', 'send-greeting') };
const props: DelegationProps = { jobTypes: [...builtInJobTypes.filter(({ contract: { name } }) => builtIn.includes(name)), own] };

const app = new App();
new Delegation(new Stack(app, 'Arm'), 'Jobs', { ...props, architecture: 'arm64' });
new Delegation(new Stack(app, 'Intel'), 'Jobs', { ...props, architecture: 'x86_64' });
app.synth();
