/** Compiled only, without `skipLibCheck`: the types of the test kit need nothing that the package does not bring. */
import { killAnywhere, testKit } from 'delegation-aws/testing';

export const kit = { killAnywhere, testKit };
