/** Explains why a call to AWS failed, and what the user of the doctor can do about it. */
import { type Finding, problem, skipped } from './finding.ts';
import { actionOf } from './read-only.ts';

/** `offline`, `credentials`: all other calls will fail too. */
type FailureKind = 'not-allowed' | 'credentials' | 'offline' | 'other';

const networkCodes =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|TimeoutError|CERT_.*|.*_CERT.*|UNABLE_TO_.*)$/;
const expired = /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/;
const unknownKeys =
  /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure|InvalidSignatureException)$/;
const skewed = /^(RequestTimeTooSkewed|RequestInTheFuture)$/;
const denied =
  /^(AccessDenied|AccessDeniedException|AccessDeniedFault|AuthorizationError|AuthorizationErrorException|UnauthorizedOperation|UnauthorizedException|Forbidden|403)$/;

/** The name of an error: the SDK's errors have a `name`, Node's a `code`, and some wrap the error with the reason. */
export function errorName(error: unknown): string {
  const {
    name = '',
    code = '',
    cause,
    errors,
    $metadata,
  } = (error ?? {}) as {
    readonly name?: string;
    readonly code?: unknown;
    readonly cause?: unknown;
    readonly errors?: readonly unknown[];
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const inner = cause ?? errors?.[0];
  if (typeof code === 'string' && networkCodes.test(code)) return code;
  if (networkCodes.test(name)) return name;
  if (inner !== undefined && /^(Error|TypeError|AggregateError)$/.test(name)) return errorName(inner);
  // The response to a HEAD has no body, so it has no name either.
  if ($metadata?.httpStatusCode === 403 && /^(Unknown|UnknownError|Error)$/.test(name)) return 'AccessDenied';
  return name;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function failureKind(error: unknown): FailureKind {
  const name = errorName(error);
  if (denied.test(name)) return 'not-allowed';
  if (networkCodes.test(name)) return 'offline';
  if (expired.test(name) || unknownKeys.test(name) || skewed.test(name) || /^(CredentialsProviderError|TokenProviderError)$/.test(name))
    return 'credentials';
  return 'other';
}

/** The finding for a check that could not be made: nothing is known. */
export function notChecked(what: string, error: unknown): Finding {
  if (failureKind(error) === 'not-allowed') {
    const action = /not authorized to perform:? ([a-z0-9-]+:\w+)/i.exec(messageOf(error))?.[1] ?? actionOf(error) ?? 'a permission';
    return { ...skipped(`${what}: not checked, since you lack ${action}.`), lacks: action };
  }
  return skipped(`${what}: not checked. ${oneLine(`${errorName(error)}: ${messageOf(error)}`)}`);
}

/** The finding for a failure of the first call, which identifies the caller. */
export function noIdentity(error: unknown, region: string): Finding {
  const name = errorName(error);
  const message = oneLine(messageOf(error));
  if (failureKind(error) === 'offline') {
    return problem(`AWS cannot be reached in ${region}: ${name}.`, {
      advice: 'Check the network, a proxy (HTTPS_PROXY is not used here), and that the region exists.',
    });
  }
  if (skewed.test(name))
    return problem(`AWS refuses the signature, since this machine's clock is wrong: ${message}`, { advice: 'Set the clock.' });
  if (expired.test(name) || /expired|sso login/i.test(message)) {
    return problem('Your credentials have expired.', {
      advice: 'Sign in again.',
      commands: ['aws sso login', 'aws sts get-caller-identity'],
    });
  }
  if (unknownKeys.test(name)) {
    return problem(`AWS does not accept your credentials (${name}).`, {
      advice: `Check the keys and the profile. A region that the account has not enabled answers in the same way: is ${region} enabled?`,
      commands: ['aws configure list', `aws account get-region-opt-status --region-name ${region} --region us-east-1`],
    });
  }
  if (failureKind(error) === 'credentials') {
    return problem('There are no AWS credentials.', {
      advice: `Set AWS_PROFILE, or sign in. (${message})`,
      commands: ['aws configure sso', 'export AWS_PROFILE=<profile>'],
    });
  }
  return problem(`AWS did not identify you: ${name}: ${message}`, { commands: ['aws sts get-caller-identity'] });
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
