import type { Organization, TrailRecord } from './organization.ts';

/** Adds a record to what CloudTrail recorded in an account and region, as if it had happened. */
export function happened(
  organization: Organization,
  place: { account: string; region: string },
  record: TrailRecord,
): void {
  const { events } = organization;
  const records = [...events(place.account, place.region), record].toSorted((a, b) =>
    a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0,
  );
  Object.assign(organization, {
    events: (account: string, region: string) =>
      account === place.account && region === place.region ? records : events(account, region),
  });
}
