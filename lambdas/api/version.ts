/** The version of Delegation; a test compares it with package.json, which the function does not load. */
export const version = '0.1.0';
