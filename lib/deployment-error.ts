/** An error that the deployer can fix: the message says what is wrong and what to write instead. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}
