/** All kinds of endpoint that a world draws from. */
import type { EndpointKind } from './endpoint-kind.ts';
import { kindsOfTheDesign } from './kinds-of-the-design.ts';
import { programsThatMislead } from './kinds-that-mislead-by-program.ts';
import { returnsThatMislead } from './kinds-that-mislead-by-return.ts';
import { sendersThatMislead } from './kinds-that-mislead-by-sender.ts';
import { silenceThatMisleads } from './kinds-that-mislead-by-silence.ts';
import { kindsToDelegate } from './kinds-to-delegate.ts';
import { moreKindsOfTheDesign } from './more-kinds-of-the-design.ts';

export const allKinds: readonly EndpointKind[] = [
  ...kindsOfTheDesign,
  ...moreKindsOfTheDesign,
  ...programsThatMislead,
  ...sendersThatMislead,
  ...returnsThatMislead,
  ...silenceThatMisleads,
  ...kindsToDelegate,
];

/** The names of the kinds in the table of the design alone. */
export const designKinds: readonly string[] = allKinds.filter(({ origin }) => origin === 'design').map(({ name }) => name);
