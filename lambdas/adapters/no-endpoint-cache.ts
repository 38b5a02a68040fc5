/** Replaces in the bundles of the API and the clock the cache of DynamoDB's endpoint discovery, which is off unless a setting of the SDK turns it on. */
export class EndpointCache {}
