import { deliveryDelayMs, indexOf, longestDelayMs } from '../../organization/event-history.ts';
import type { Organization } from '../../organization/organization.ts';
import { type Column, type Condition, conjuncts, meets, only, type Row } from './condition.ts';

export interface Found {
  rows: readonly Row[];
  matched: number;
  scanned: number;
  bytesScanned: number;
}

/**
 * Searches the whole organization's trail, as far as it was delivered by `now`. Only rows that meet the conditions on the
 * `partitions` columns count as scanned. At most `limit` rows are kept.
 */
export function searchTrail(
  organization: Organization,
  search: {
    where: Condition;
    newestFirst: boolean;
    limit: number;
    now: Date;
    /** ms since 1970, both included. */
    from?: number;
    to?: number;
    partitions: ReadonlySet<string>;
    /** A row's time is when it was delivered, as in a log group; not when it happened. */
    byDelivery?: boolean;
  },
): Found {
  const { where, newestFirst, limit, now, from = 0, to = now.getTime(), partitions, byDelivery = false } = search;
  const scan: Condition = { kind: 'all', of: conjuncts(where).filter((one) => only(one, partitions)) };
  const byTime = (a: Row, b: Row): number => (newestFirst ? b.time - a.time : a.time - b.time);
  let rows: Row[] = [];
  let [matched, scanned, bytesScanned] = [0, 0, 0];
  for (const { id, regions } of organization.accounts) {
    for (const region of regions) {
      for (const kept of [organization.events(id, region), organization.dataEvents(id, region)]) {
        const { records, times, sizes } = indexOf(kept);
        for (const [position, record] of records.entries()) {
          const happened = times[position] ?? 0;
          const delivered = happened + deliveryDelayMs(record.eventID);
          const time = byDelivery ? delivered : happened;
          if (happened + (byDelivery ? longestDelayMs : 0) < from) break;
          if (time < from || time > to || delivered > now.getTime()) continue;
          const row = { record, time };
          if (meets(scan, row) !== true) continue;
          scanned++;
          bytesScanned += sizes()[position] ?? 0;
          if (meets(where, row) !== true) continue;
          matched++;
          rows.push(row);
        }
      }
      if (rows.length > 2 * limit) rows = rows.sort(byTime).slice(0, limit);
    }
  }
  return { rows: rows.sort(byTime).slice(0, limit), matched, scanned, bytesScanned };
}

/** A count of all rows that match (`of` null), or the sum of what a column says in them. */
export interface Total {
  label: string;
  of: Column | null;
}

/** The totals of a query that asks for them, as the one row that it answers with. */
export function summedUp(
  totals: readonly Total[],
  found: Found,
): { found: Found; columns: { label: string; column: Column }[] } {
  const columns = totals.map(({ label, of }) => {
    const sum = found.rows.reduce((so, row) => so + (of === null ? 1 : Number(of.value(row) ?? 0)), 0);
    return { label, column: { name: label, value: () => String(sum) } };
  });
  return { found: { ...found, rows: [{ record: { eventID: '' }, time: 0 }] }, columns };
}
