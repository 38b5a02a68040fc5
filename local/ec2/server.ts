/** Requests of EC2's query protocol to answers, and `/_control` for those who test against it. */
import { randomUUID } from 'node:crypto';
import { type ActionContext, actions } from './actions.ts';
import { type Behaviour, changedBehaviour, type FaultTarget, meetFault } from './behaviour.ts';
import { Ec2Error, faultMessage } from './ec2-error.ts';
import { stateOf } from './instance.ts';
import { parseQuery, text, texts, toXml } from './query-protocol.ts';
import type { Ec2State, StateFile } from './state.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: 'text/xml;charset=UTF-8' | 'application/json';
  readonly body: string;
}

/** Codes that EC2 gives before it looks at what it is asked for; a client token changes nothing about them. */
const atTheDoor =
  /^(RequestLimitExceeded|Throttling|Internal|Unavailable|ServiceUnavailable|AuthFailure|UnauthorizedOperation|PendingVerification|RequestExpired)/;

/** @returns the answer, or undefined when the connection is to break without one */
export function answerAction(file: StateFile, body: string, context: ActionContext): Answer | undefined {
  const { state } = file;
  const query = parseQuery(body);
  const name = text(query, 'Action') ?? '';
  state.calls[name] = (state.calls[name] ?? 0) + 1;
  const requestId = randomUUID();
  const target = {
    action: name,
    instanceType: text(query, 'InstanceType'),
    subnetId: text(query, 'SubnetId'),
    market: text(query.get('InstanceMarketOptions'), 'MarketType') === 'spot' ? ('spot' as const) : ('on-demand' as const),
    instanceIds: texts(query, 'InstanceId'),
  };
  const action = actions[name];
  try {
    if (action === undefined) throw new Ec2Error('InvalidAction', `The action ${name} is not valid for this web service.`);
    throwFault(state, target);
    const result = toXml(action.run(state, query, context));
    if (action.changes) file.save(context.nowMs);
    const lost = takeFault(state, target, ({ loseAnswer }) => loseAnswer);
    if (lost !== undefined) return undefined;
    const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/';
    return xml(200, `<${name}Response xmlns="${xmlns}">${toXml({ requestId })}${result}</${name}Response>`);
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    if (action?.changes === true) file.save(context.nowMs); // refused in part
    const { status, code, message } = error;
    return xml(status, toXml({ Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId } }));
  }
}

export interface ControlRequest {
  readonly method: string;
  readonly body: string;
}

/** `GET` shows everything, `PUT` changes the behaviour. */
export function answerControl(file: StateFile, { method, body }: ControlRequest, nowMs: number): Answer {
  const { state } = file;
  if (method === 'PUT') {
    try {
      state.behaviour = changedBehaviour(state.behaviour, body);
    } catch (error) {
      return json(400, { error: String(error) });
    }
    file.save(nowMs);
  } else if (method !== 'GET') {
    return json(405, { error: 'GET or PUT' });
  }
  return json(200, overview(state, nowMs));
}

export interface Overview {
  readonly behaviour: Behaviour;
  readonly calls: Readonly<Record<string, number>>;
  readonly launched: number;
  readonly launches: number;
  readonly instances: readonly { readonly instanceId: string; readonly state: string; readonly tags: Readonly<Record<string, string>> }[];
}

function overview(state: Ec2State, nowMs: number): Overview {
  const instances = Object.values(state.instances).map((instance) => ({ ...instance, state: stateOf(instance, nowMs) }));
  const { behaviour, calls, launched } = state;
  return { behaviour, calls, launched, launches: Object.keys(state.reservations).length, instances };
}

/** Faults of `RunInstances` that are about the launch wait for a launch: a token whose launch was made gets its instances. */
function throwFault(state: Ec2State, target: FaultTarget): void {
  const met = takeFault(state, target, ({ code }) => code !== undefined && (target.action !== 'RunInstances' || atTheDoor.test(code)));
  if (met?.code !== undefined) throw new Ec2Error(met.code, met.message ?? faultMessage(met.code));
}

function takeFault(state: Ec2State, target: FaultTarget, fits: Parameters<typeof meetFault>[2]) {
  const fault = meetFault(state.behaviour.faults, target, fits);
  if (fault !== undefined) state.behaviour = { ...state.behaviour, faults: fault.left };
  return fault?.met;
}

const xml = (status: number, body: string): Answer => ({
  status,
  contentType: 'text/xml;charset=UTF-8',
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
});
const json = (status: number, value: unknown): Answer => ({ status, contentType: 'application/json', body: JSON.stringify(value) });
