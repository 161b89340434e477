import type { Indicator, IndicatorDetail } from '@aws-sdk/client-detective';
import { oneLine } from '../words/text.ts';

/** Something that Detective noticed, in words. Texts are untrusted: user agents are written by who calls. */
export interface Noticed {
  /** `TTP_OBSERVED`, …, as Detective names it. */
  type: string;
  /** What kind of thing it is, as a heading. */
  heading: string;
  sentence: string;
  /** What of it has a page of its own in Detective; null: nothing. */
  page: DetectivePage | null;
}

interface DetectivePage {
  kind: 'IpAddress' | 'UserAgent' | 'GuardDuty';
  id: string;
}

type Words = {
  heading: string;
  sentence: (detail: IndicatorDetail) => string;
  page?: (detail: IndicatorDetail) => DetectivePage | undefined;
};

const address = (ip: string | undefined): DetectivePage | undefined =>
  ip === undefined ? undefined : { kind: 'IpAddress', id: ip };

const of = (text: string | undefined, otherwise: string): string => oneLine(text ?? '', 300) || otherwise;
const from = (address: string | undefined): string => (address === undefined ? '' : ` from ${oneLine(address, 60)}`);
const calls = (count: number, word: string): string => `${count} ${count === 1 ? 'call' : 'calls'} ${word}`;
const newFor = (everybody: boolean | undefined): string =>
  everybody === true ? 'never seen before in the whole account' : 'never seen before for this user or role';

/** The eight kinds. Source: Detective API reference, "Indicator" and its details. */
const words: Readonly<Record<string, Words>> = {
  TTP_OBSERVED: {
    heading: 'Tactics and techniques',
    sentence: ({ TTPsObservedDetail: ttp = {} }) => {
      const { APISuccessCount: ok = 0, APIFailureCount: refused = 0 } = ttp;
      const steps = [ttp.Tactic, ttp.Technique, ttp.Procedure].filter((step) => step !== undefined && step !== '');
      const counts = ok + refused === 0 ? '' : `: ${calls(ok, 'succeeded')}, ${calls(refused, 'failed')}`;
      return `${of(steps.join(' › '), 'An unnamed tactic')}, by ${of(ttp.APIName, 'an unnamed call')}${from(ttp.IpAddress)}${counts}`;
    },
    page: ({ TTPsObservedDetail: ttp }) => address(ttp?.IpAddress),
  },
  IMPOSSIBLE_TRAVEL: {
    heading: 'Impossible travel',
    sentence: ({ ImpossibleTravelDetail: trip = {} }) => {
      const end = (place: string | undefined, address: string | undefined) =>
        `${of(place, 'an unknown place')}${address === undefined ? '' : ` (${oneLine(address, 60)})`}`;
      const hours = trip.HourlyTimeDelta;
      return `From ${end(trip.StartingLocation, trip.StartingIpAddress)} to ${end(trip.EndingLocation, trip.EndingIpAddress)}${
        hours === undefined ? '' : ` within ${hours} ${hours === 1 ? 'hour' : 'hours'}`
      }`;
    },
    page: ({ ImpossibleTravelDetail: trip }) => address(trip?.EndingIpAddress),
  },
  FLAGGED_IP_ADDRESS: {
    heading: 'Flagged address',
    sentence: ({ FlaggedIpAddressDetail: flag = {} }) =>
      `${of(flag.IpAddress, 'An unknown address')}: ${
        flag.Reason === 'AWS_THREAT_INTELLIGENCE'
          ? 'known to AWS threat intelligence'
          : of(flag.Reason, 'no reason given')
      }`,
    page: ({ FlaggedIpAddressDetail: flag }) => address(flag?.IpAddress),
  },
  NEW_GEOLOCATION: {
    heading: 'New place',
    sentence: ({ NewGeolocationDetail: place = {} }) =>
      `${of(place.Location, 'An unknown place')}${from(place.IpAddress)}: ${newFor(place.IsNewForEntireAccount)}`,
    page: ({ NewGeolocationDetail: place }) => address(place?.IpAddress),
  },
  NEW_ASO: {
    heading: 'New network owner',
    sentence: ({ NewAsoDetail: owner = {} }) =>
      `${of(owner.Aso, 'An unknown network')}: ${newFor(owner.IsNewForEntireAccount)}`,
  },
  NEW_USER_AGENT: {
    heading: 'New user agent',
    sentence: ({ NewUserAgentDetail: agent = {} }) =>
      `${of(agent.UserAgent, 'An unnamed program')}: ${newFor(agent.IsNewForEntireAccount)}`,
    page: ({ NewUserAgentDetail: agent }) =>
      agent?.UserAgent === undefined ? undefined : { kind: 'UserAgent', id: agent.UserAgent },
  },
  RELATED_FINDING: {
    heading: 'Related finding',
    sentence: ({ RelatedFindingDetail: finding = {} }) =>
      `${of(finding.Type, 'A finding')}${from(finding.IpAddress)}${finding.Arn === undefined ? '' : `, ${of(finding.Arn, '')}`}`,
    page: ({ RelatedFindingDetail: finding }) => {
      const id = /:guardduty:.*\/finding\/([0-9a-f]{32})$/.exec(finding?.Arn ?? '')?.[1];
      return id === undefined ? undefined : { kind: 'GuardDuty', id };
    },
  },
  RELATED_FINDING_GROUP: {
    heading: 'Related finding group',
    sentence: ({ RelatedFindingGroupDetail: group = {} }) => `Finding group ${of(group.Id, 'without an id')}`,
  },
};

/** An indicator in words; a kind that is new to Detective is shown by its name. */
export function noticed({ IndicatorType, IndicatorDetail: detail = {} }: Indicator): Noticed {
  const type: string = IndicatorType ?? 'UNKNOWN';
  const known = words[type];
  return known === undefined
    ? {
        type,
        heading: oneLine(type, 100),
        sentence: 'Detective noticed something that Trailwatch has no words for.',
        page: null,
      }
    : { type, heading: known.heading, sentence: known.sentence(detail), page: known.page?.(detail) ?? null };
}
