/** What gives places of concurrency keys back: in a file of its own, since most requests end no such job. */
export { dynamoDbGateStore, leaveGate } from '../gates.ts';
