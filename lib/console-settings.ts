/** The settings of the deployed console. */
import * as z from 'zod';
import { strict } from './setting-forms.ts';

/** A scope as OAuth allows it. @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
const scopeForm = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** An origin that a Content-Security-Policy can name. */
const originForm = /^https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?$/;

export const consoleSettings = strict({
  clientId: z
    .string()
    .regex(/^[\x21-\x7e]{1,256}$/, 'must be the id of a client of the issuer, without blanks')
    .describe(
      'The id of a public client (authorization code with PKCE, no secret) that the issuer knows, with the redirect address `<ConsoleUrl>`. Its tokens must be accepted by `auth.audience`.',
    ),
  scopes: z
    .array(z.string().regex(scopeForm, 'must be a scope such as openid'))
    .min(1, 'must name at least one scope')
    .default(['openid'])
    .describe('What the console asks for at sign-in.'),
  tokenOrigin: z
    .string()
    .regex(originForm, 'must be an origin, such as https://example.auth.eu-central-1.amazoncognito.com')
    .exactOptional()
    .describe(
      'The origin of the issuer’s token endpoint, where it is another than that of `auth.issuer`, such as the domain of a Cognito user pool. The page may call no other origin.',
    ),
}).describe(
  'Serves the web console at `/console/` of the API, for `auth.kind: "jwt"`: people sign in with the issuer. A function without any permission serves its files, to everybody; what it shows are calls of the API with the person’s own token. Idle it costs nothing. Without it there is none, and `npx delegation console` shows the same from a laptop.',
);
