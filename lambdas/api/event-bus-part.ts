/** EventBridge's client: loaded from a file of its own when a cancel ends a job, since an API that accepts jobs need not load it. */
export { eventBridgeBus } from '../adapters/eventbridge-event-bus.ts';
