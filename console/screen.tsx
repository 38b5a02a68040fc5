/** Which screen an address shows. */
import type { JSX } from 'preact';
import { GroupScreen } from './groups/group-screen.tsx';
import { GroupsScreen } from './groups/groups-screen.tsx';
import { JobScreen } from './job/job-screen.tsx';
import { JobTypeScreen } from './job-types/job-type-screen.tsx';
import { JobTypesScreen } from './job-types/job-types-screen.tsx';
import { JobsScreen } from './jobs/jobs-screen.tsx';
import { OverviewScreen } from './overview/overview-screen.tsx';
import { PageHead } from './parts/page-head.tsx';
import { ReportScreen } from './report/report-screen.tsx';
import { hrefOf } from './route/address.ts';
import { decodedPart } from './route/decoded-part.ts';
import { SchedulesScreen } from './schedules/schedules-screen.tsx';
import { SubmitScreen } from './submit/submit-screen.tsx';

/** The first pattern that fits counts. A part in brackets of a pattern is handed to the screen. */
const screens: readonly (readonly [RegExp, (name: string) => JSX.Element])[] = [
  [/^\/$/, () => <OverviewScreen />],
  [/^\/jobs$/, () => <JobsScreen />],
  [/^\/jobs\/([^/]+)$/, (id) => <JobScreen key={id} id={id} />],
  [/^\/job-types$/, () => <JobTypesScreen />],
  [/^\/job-types\/([^/]+)$/, (name) => <JobTypeScreen key={name} name={name} />],
  [/^\/submit$/, () => <SubmitScreen />],
  [/^\/schedules$/, () => <SchedulesScreen />],
  [/^\/groups$/, () => <GroupsScreen />],
  [/^\/groups\/([^/]+)$/, (id) => <GroupScreen key={id} id={id} />],
  [/^\/report$/, () => <ReportScreen />],
];

export function Screen({ path }: { readonly path: string }): JSX.Element {
  for (const [pattern, show] of screens) {
    const found = pattern.exec(path);
    if (found !== null) return show(decodedPart(found[1] ?? ''));
  }
  return (
    <>
      <PageHead title="There is no such screen" />
      <p>
        The console has nothing at <code>{path}</code>. Go to the <a href={hrefOf('/')}>overview</a>.
      </p>
    </>
  );
}
