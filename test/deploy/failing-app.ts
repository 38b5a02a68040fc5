/** A deployment whose creation fails when everything of it is there: the last resource of its stack is to be made by a function that does not exist. */
import { join } from 'node:path';
import { App, CustomResource } from 'aws-cdk-lib';
import { DelegationStack } from '../../lib/index.ts';
import { contract } from './probe/contract.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
const jobTypes = [{ contract, folder: join(import.meta.dirname, 'probe') }];
const stack = new DelegationStack(new App(), 'Delegation-failing', { jobTypes, architecture, savedQueries: false });
const serviceToken = stack.formatArn({ service: 'lambda', resource: 'function:missing' });
const last = new CustomResource(stack, 'Fails', { serviceToken });
last.node.addDependency(stack.node.findChild('Delegation'));
