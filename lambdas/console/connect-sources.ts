const policyHeader = 'content-security-policy';

/**
 * Lets a page call more origins: those that only the deployment knows, such as its bucket.
 * @param sources origins with blanks between
 * @throws Error where the policy does not limit what the page may call, so that nothing is loosened by mistake
 */
export function withConnectSources(headers: Readonly<Record<string, string>>, sources: string): Readonly<Record<string, string>> {
  const policy = headers[policyHeader];
  if (policy === undefined || !/(?:^|;) *connect-src 'self'/.test(policy))
    throw new Error(`The policy of the console has no connect-src 'self' (was ${policy}).`);
  return { ...headers, [policyHeader]: policy.replace("connect-src 'self'", `connect-src 'self' ${sources}`) };
}
