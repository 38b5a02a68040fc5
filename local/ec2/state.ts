/** What the EC2 endpoint knows, kept in one JSON file that is replaced as a whole: a kill at any moment leaves the old one or the new one. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Behaviour, defaultBehaviour } from './behaviour.ts';
import { dayMs, type Instance } from './instance.ts';

/** A `RunInstances` that had its effect; the same token gets the same answer. */
export interface Reservation {
  readonly reservationId: string;
  readonly clientToken: string;
  /** A digest of all other parameters. */
  readonly fingerprint: string;
  readonly atMs: number;
  readonly instanceIds: readonly string[];
}

export interface Ec2State {
  behaviour: Behaviour;
  /** Requests by action, refused ones too. */
  calls: Record<string, number>;
  /** Instances ever made. */
  launched: number;
  instances: Record<string, Instance>;
  reservations: Record<string, Reservation>;
}

export class StateFile {
  readonly state: Ec2State;
  private readonly path: string | undefined;

  /** @param path without it, everything is in memory */
  constructor(path: string | undefined) {
    this.path = path;
    const fresh: Ec2State = { behaviour: defaultBehaviour, calls: {}, launched: 0, instances: {}, reservations: {} };
    const saved =
      path !== undefined && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Ec2State>) : ({} as Partial<Ec2State>);
    this.state = { ...fresh, ...saved, behaviour: { ...defaultBehaviour, ...saved.behaviour } };
  }

  /** Called before an effect is answered. Tokens are remembered for a day, like EC2's; instances until a day after their end. */
  save(nowMs: number): void {
    const { state } = this;
    for (const [token, { atMs }] of Object.entries(state.reservations)) {
      if (nowMs - atMs > dayMs) delete state.reservations[token];
    }
    for (const [id, { terminatedAtMs }] of Object.entries(state.instances)) {
      if (terminatedAtMs !== undefined && nowMs - terminatedAtMs > dayMs) delete state.instances[id];
    }
    if (this.path === undefined) return;
    const temporary = `${this.path}.new`;
    writeFileSync(temporary, JSON.stringify(state));
    renameSync(temporary, this.path);
  }
}
