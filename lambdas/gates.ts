/** The gates of concurrency keys, and what gives a place back: loaded with the first such job that ends. */
export { dynamoDbGateStore } from './adapters/dynamodb-gate-store.ts';
export { leaveGate } from './core/gate/enter-gate.ts';
