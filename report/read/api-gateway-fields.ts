/** What the fields of an API Gateway access log mean. The deployer chooses their names; only the variables of `$context` are fixed. */
import { asObject, type JsonObject } from './json-object.ts';

/**
 * Names of fields for each meaning, the surest first, in lower case without anything but letters and digits: `integration.latency`,
 * `integrationLatency` and `integration_latency` are one name.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 */
const synonyms = {
  time: ['requesttimeepoch', 'requesttime', 'timeepoch', 'time', 'timestamp', 'datetime', 'date', 'starttime'],
  wait: [
    'responselatency',
    'responselatencyms',
    'latencyms',
    'latency',
    'durationms',
    'duration',
    'responsetimems',
    'responsetime',
    'totallatency',
  ],
  held: ['integrationlatency', 'integrationlatencyms', 'backendlatencyms', 'backendlatency', 'intlatency'],
  status: ['status', 'statuscode', 'responsestatus', 'responsestatuscode', 'httpstatus', 'httpstatuscode'],
  route: ['routekey', 'resourcepath', 'route', 'resource'],
  method: ['httpmethod', 'method', 'requestmethod', 'verb'],
  path: ['path', 'requestpath', 'rawpath', 'httppath', 'url', 'uri'],
  stage: ['stage', 'apistage', 'stagename'],
  bytesOut: ['responselength', 'responsebytes', 'responsesize', 'responselengthbytes', 'bytesout', 'bytes', 'length'],
  bytesIn: ['requestlength', 'requestbytes', 'requestsize', 'bytesin'],
  user: [
    ...[
      'authorizerclaimssub',
      'authorizerjwtclaimssub',
      'claimssub',
      'sub',
      'subject',
      'userid',
      'authorizerprincipalid',
      'principalid',
      'username',
    ],
    ...['useremail', 'email', 'clientid', 'identityuserarn', 'userarn', 'identitycaller', 'caller', 'identityuser', 'user'],
    ...['identitycognitoidentityid', 'cognitoidentityid', 'identityid'],
  ],
  key: ['identityapikeyid', 'apikeyid', 'identityapikey', 'apikey', 'identityclientcertsubjectdn', 'clientcertsubjectdn', 'subjectdn'],
  address: ['identitysourceip', 'sourceip', 'ip', 'clientip', 'ipaddress', 'remoteaddr', 'remoteip', 'requestip'],
  agent: ['identityuseragent', 'useragent', 'agent', 'ua'],
  id: [
    ...['requestid', 'apirequestid', 'extendedrequestid', 'integrationrequestid', 'lambdarequestid', 'awsendpointrequestid'],
    ...['xraytraceid', 'traceid', 'xrayid'],
  ],
  errorType: ['error', 'errorresponsetype', 'responsetype', 'gatewayresponsetype', 'errortype'],
  host: ['domainname', 'host', 'domain', 'hostname'],
  event: ['eventtype', 'connectionid', 'connectedat', 'messagedirection'],
} as const;

type Meaning = keyof typeof synonyms;

/** Names that distinguish a log of API Gateway from other logs of JSON. */
const ownNames: ReadonlySet<string> = new Set([
  ...['requestid', 'extendedrequestid', 'apiid', 'apirequestid', 'stage', 'routekey', 'resourcepath', 'resourceid', 'httpmethod'],
  ...[
    'responselatency',
    'responselength',
    'integrationlatency',
    'integrationstatus',
    'integrationrequestid',
    'requesttimeepoch',
    'awsendpointrequestid',
  ],
]);

/** The names of a field within the objects around it. */
type FieldPath = readonly string[];
export type FieldMap = Readonly<Record<Meaning, readonly FieldPath[]>>;

const meanings = Object.keys(synonyms) as Meaning[];
const maxDepth = 3;
/** An attacker can have as many shapes as lines only where the template of the log is broken. */
const maxShapes = 500;

/**
 * Prepares to find the fields of JSON lines. The names of a line alone decide, so that each line is read in the same way in any file.
 * @param own meaning to name, in place of the usual names; a dot goes into an object
 * @returns the fields of a line; undefined for one that has no time, no status, or no name of API Gateway
 */
export function openFieldMaps(own: Readonly<Record<string, string>> = {}): (line: JsonObject) => FieldMap | undefined {
  const shapes = new Map<string, FieldMap | undefined>();
  return (line) => {
    const shape = shapeOf(line);
    const known = shapes.get(shape);
    if (known !== undefined || shapes.has(shape)) return known;
    if (shapes.size >= maxShapes) shapes.clear();
    const map = mapFields(line, own);
    shapes.set(shape, map);
    return map;
  };
}

/** The first field of a meaning that has a value, as text; `-` and an empty text are none. */
export function fieldValue(line: JsonObject, paths: readonly FieldPath[]): string | undefined {
  for (const path of paths) {
    const value = textAt(line, path);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** All values of a meaning, each once. */
export function fieldValues(line: JsonObject, paths: readonly FieldPath[]): readonly string[] {
  const values: string[] = [];
  for (const path of paths) {
    const value = textAt(line, path);
    if (value !== undefined && !values.includes(value)) values.push(value);
  }
  return values;
}

function textAt(line: JsonObject, path: FieldPath): string | undefined {
  let value: unknown = line[path[0] ?? ''];
  for (let depth = 1; depth < path.length; depth++) value = asObject(value)?.[path[depth] ?? ''];
  if (typeof value === 'string') return value === '-' || value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function shapeOf(line: JsonObject, depth = 1): string {
  let shape = '';
  for (const name in line) {
    shape += `${name}\n`;
    const value = line[name];
    const inner = typeof value === 'object' && depth < maxDepth ? asObject(value) : undefined;
    if (inner !== undefined) shape += `{${shapeOf(inner, depth + 1)}}`;
  }
  return shape;
}

function mapFields(line: JsonObject, own: Readonly<Record<string, string>>): FieldMap | undefined {
  const fields = new Map<string, FieldPath>();
  collect(line, [], fields);
  if (Object.keys(own).length === 0 && ![...fields.keys()].some((name) => ownNames.has(name))) return undefined;
  const entries = meanings.map((meaning) => {
    const name = own[meaning];
    if (name !== undefined) return [meaning, [name in line ? [name] : name.split('.')]];
    return [meaning, synonyms[meaning].flatMap((synonym) => [fields.get(synonym) ?? []]).filter((path) => path.length > 0)];
  });
  const map = Object.fromEntries(entries) as FieldMap;
  // A function that prints its event prints nearly the same names, but no status.
  return map.time.length === 0 || map.status.length === 0 ? undefined : map;
}

function collect(object: JsonObject, path: FieldPath, fields: Map<string, FieldPath>): void {
  for (const [name, value] of Object.entries(object)) {
    const inner = path.length + 1 < maxDepth ? asObject(value) : undefined;
    if (inner !== undefined) collect(inner, [...path, name], fields);
    else {
      const plain = [...path, name]
        .join('')
        .toLowerCase()
        .replace(/[^a-z\d]/g, '');
      // `$context.status` is never logged with its prefix, but some templates repeat it in the name.
      const short = plain.replace(/^(?:requestcontext|context)/, '');
      if (!fields.has(short)) fields.set(short, [...path, name]);
    }
  }
}
