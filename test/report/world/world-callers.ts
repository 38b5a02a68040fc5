/** The callers of a world, as a log can know them. Several people behind one address are one caller to it. */
import type { AgentKind } from '../../../report/read/logged-request.ts';
import type { CallingParty } from './endpoint-kind.ts';
import type { SeededDraw } from './seeded-draw.ts';
import type { WorldSettings } from './world-settings.ts';

export interface WorldCaller {
  readonly index: number;
  readonly knownBy: 'user' | 'key' | 'address+agent';
  /** The user or the key; undefined for a caller known by address. */
  readonly name: string | undefined;
  readonly address: string;
  readonly agent: string;
  readonly agentKind: AgentKind;
  readonly isPerson: boolean;
}

const browsers = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
];
const mobileApp = 'ShopApp/5.1 CFNetwork/1568.100.1 Darwin/24.0.0';
const libraries = ['python-requests/2.32.3', 'Apache-HttpClient/4.5.14 (Java/21)', 'axios/1.7.9', 'Go-http-client/2.0', 'curl/8.9.1'];

/** Creates callers, each with an index and an address of its own. */
export class CallerRegistry {
  readonly callers: WorldCaller[] = [];
  private readonly programs: (readonly WorldCaller[])[] = [];

  add(caller: Omit<WorldCaller, 'index' | 'address' | 'name'>): WorldCaller {
    const index = this.callers.length;
    const name = caller.knownBy === 'address+agent' ? undefined : `${caller.knownBy === 'user' ? 'u' : 'k'}-${4_000 + index * 7}`;
    const address = `198.51.${Math.floor(index / 250)}.${1 + (index % 250)}`;
    const added = { ...caller, index, name, address };
    this.callers.push(added);
    return added;
  }

  /** @returns one entry for each person; people behind one address share it */
  addPeople(draw: SeededDraw, { peopleKnownBy = 'drawn' }: WorldSettings): readonly WorldCaller[] {
    const count = draw.whole(60, 240);
    const isByUser = peopleKnownBy === 'drawn' ? draw.chance(0.5) : peopleKnownBy === 'user';
    const people: WorldCaller[] = [];
    while (people.length < count) {
      const size = isByUser ? 1 : draw.whole(1, 12);
      const isApp = draw.chance(0.15);
      const agent = isApp ? mobileApp : draw.pick(browsers);
      const shared = this.add({
        knownBy: isByUser ? 'user' : 'address+agent',
        agent,
        agentKind: isApp ? 'unknown' : 'browser',
        isPerson: true,
      });
      for (let person = 0; person < size; person += 1) people.push(shared);
    }
    return draw.shuffle(people);
  }

  /** @returns the callers of one endpoint that are not people; a quarter of the endpoints have the programs of another one */
  addParty(
    draw: SeededDraw,
    { who, count: [min, max], agent, agentKind = who === 'programs' ? 'program' : 'unknown' }: CallingParty,
  ): readonly WorldCaller[] {
    const isByKey = who !== 'sender' && draw.chance(0.6);
    const isShared = draw.chance(0.25);
    if (who === 'programs' && isShared && this.programs.length > 0) return draw.pick(this.programs);
    const party = Array.from({ length: draw.whole(min, max) }, () =>
      this.add({ knownBy: isByKey ? 'key' : 'address+agent', agent: agent ?? draw.pick(libraries), agentKind, isPerson: false }),
    );
    if (who === 'programs') this.programs.push(party);
    return party;
  }
}
