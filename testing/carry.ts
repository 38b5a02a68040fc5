/**
 * Carries one request of a process to a port and its answer back. In place of the network: it may count the request, delay or refuse it, lose its
 * answer, or never answer, since the process died.
 * @param operation the name of the port's method
 * @param act does the work at the port, in one go
 */
export type Carry = <T>(operation: string, act: () => T) => Promise<T>;
