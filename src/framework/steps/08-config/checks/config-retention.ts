import { type Answer, type Asking, all, ask, mapped } from '../../../asks.ts';
import { describeRetentionConfigurations } from '../../../calls/config.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { ofIam, type Recorders, recordersOf } from '../facts.ts';

const about: About = {
  id: 'config-retention',
  version: 1,
  title: 'The history of IAM is kept long enough',
  severity: 'low',
  why: 'Incidents are found months after they began.',
  passes: 'Config keeps items for as many days as framework.keepDays says; its default is 2,557.',
  fix: 'aws configservice put-retention-configuration --retention-period-in-days 2557 --region {region}',
  references: [
    'https://docs.aws.amazon.com/config/latest/developerguide/delete-config-data-with-retention-period.html',
  ],
};

/** What Config does where nothing is set. Source: AWS Config API reference, RetentionConfiguration. */
const defaultDays = 2557;

interface Facts {
  recorders: Recorders;
  /** Days, by the region of each recorder that records IAM. */
  days: readonly { region: string; days: Answer<number> }[];
}

export const check = accountCheck(about, facts, judge);

function* facts(scope: AccountScope): Asking<Facts> {
  const recorders = yield* recordersOf(scope);
  const regions = ofIam(recorders).map(({ region }) => region);
  const answers = yield* all(
    regions.map((region) => ask(describeRetentionConfigurations, { account: scope.account.id, region })),
  );
  return {
    recorders,
    days: answers.map((answer, at) => ({
      region: regions[at] ?? '',
      days: mapped(answer, ({ RetentionConfigurations: [set] }) => set?.RetentionPeriodInDays ?? defaultDays),
    })),
  };
}

function judge({ recorders, days }: Facts, { estate, account }: AccountScope): Judged[] {
  const { keepDays } = estate.settings;
  if (days.length === 0)
    return [
      recorders.trouble === null
        ? fail({ account: account.id, region: 'global' }, 'No history of IAM is recorded.', {
            cause: 'config-iam-recorded',
          })
        : unknownFrom({ account: account.id, region: 'global' }, recorders.trouble),
    ];
  return days.map(({ region, days: kept }) => {
    const spot = { account: account.id, region };
    if (kept.is === 'unknown') return unknownFrom(spot, kept);
    const count = kept.is === 'value' ? kept.value : defaultDays;
    return count >= keepDays
      ? pass(spot, `Config keeps items for ${count} days.`)
      : fail(spot, `Config keeps items for ${count} days; at least ${keepDays} are wanted.`);
  });
}
