import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, all, ask, type Place } from '../../../asks.ts';
import {
  type Detector,
  describePublishingDestination,
  getDetector,
  listPublishingDestinations,
  type PublishingDestination,
} from '../../../calls/guardduty.ts';
import { type About, organizationCheck } from '../../../check.ts';
import type { Estate } from '../../../estate.ts';
import { fail, type Judged, pass, type Spot, unknown } from '../../../verdict.ts';
import { type DetectorPlace, everyRegion, type RegionFacts } from '../facts.ts';
import { judgeRegions, notKnown } from '../verdicts.ts';

const about: About = {
  id: 'gd-publishing',
  version: 1,
  title: 'Findings are published within fifteen minutes, and kept where that is set up',
  severity: 'medium',
  why: 'A finding that goes on is told again at this frequency alone: six hours are long for an attack. GuardDuty itself keeps findings for 90 days.',
  passes:
    'FindingPublishingFrequency is FIFTEEN_MINUTES in the administrator, and each publishing destination is PUBLISHING; none is noted.',
  fix: `aws guardduty update-detector --detector-id {name} --finding-publishing-frequency FIFTEEN_MINUTES --region {region}
aws guardduty create-publishing-destination --detector-id {name} --destination-type S3 --destination-properties DestinationArn=<bucket ARN>,KmsKeyArn=<key ARN> --region {region}
aws guardduty update-publishing-destination --detector-id {name} --destination-id <destination> --destination-properties DestinationArn=<bucket ARN>,KmsKeyArn=<key ARN> --region {region}`,
  references: ['SRA-GUARDDUTY-02', 'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html'],
};

interface Destination {
  id: string;
  status: string;
  /** Asked of those that do not publish; null: it does. */
  detail: Answer<PublishingDestination> | null;
}

interface Facts {
  detector: Answer<Detector>;
  destinations: Answer<readonly Destination[]>;
}

export const check = organizationCheck(about, everyRegion(publishing), judge);

function* publishing({ detector, ...place }: DetectorPlace): Asking<Facts> {
  const settings = yield* ask(getDetector, place, { DetectorId: detector });
  const listed = yield* ask(listPublishingDestinations, place, { DetectorId: detector });
  if (listed.is !== 'value') return { detector: settings, destinations: listed };
  const found = yield* all(listed.value.Destinations.map((one) => destination(place, detector, one)));
  return { detector: settings, destinations: { ...listed, value: found } };
}

function* destination(
  place: Place,
  detector: string,
  { DestinationId: id, Status: status }: { DestinationId: string; Status: string },
): Asking<Destination> {
  const input = { DetectorId: detector, DestinationId: id };
  const detail = isWord(status, 'PUBLISHING') ? null : yield* ask(describePublishingDestination, place, input);
  return { id, status, detail };
}

function judge(regions: readonly RegionFacts<Facts>[], estate: Estate): Judged[] {
  return judgeRegions(regions, estate, ({ detector, destinations }, spot) => {
    if (detector.is !== 'value') return [notKnown(spot, detector)];
    if (destinations.is !== 'value') return [notKnown(spot, destinations)];
    const frequency = detector.value.FindingPublishingFrequency ?? 'not said';
    if (isWord(frequency, 'ONE_HOUR') || isWord(frequency, 'SIX_HOURS'))
      return [fail(spot, `Findings that go on are published again ${frequency} later, not FIFTEEN_MINUTES.`)];
    if (!isWord(frequency, 'FIFTEEN_MINUTES'))
      return [unknown(spot, 'not asked', `The frequency is ${frequency}, a word that is not known.`)];
    const broken = destinations.value.filter(({ status }) => !isWord(status, 'PUBLISHING'));
    const [first] = broken;
    if (first !== undefined) return [notPublishing(spot, first)];
    return [
      pass(
        spot,
        destinations.value.length === 0
          ? 'Findings are published within fifteen minutes; they are exported to no bucket.'
          : `Findings are published within fifteen minutes and exported to ${destinations.value.length} buckets.`,
      ),
    ];
  });
}

function notPublishing(spot: Spot, { id, status, detail }: Destination): Judged {
  if (isWord(status, 'PENDING_VERIFICATION'))
    return unknown(spot, 'pending', `The destination ${id} is still being verified.`);
  if (!['UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY', 'STOPPED'].includes(status.toUpperCase()))
    return unknown(spot, 'not asked', `The destination ${id} is ${status}, a word that is not known.`);
  const { PublishingFailureStartTimestamp: since = 0, DestinationProperties } =
    detail?.is === 'value' ? detail.value : {};
  // The reference gives no unit: a number of seconds is a thousandth of one of milliseconds.
  const when = since === 0 ? '' : ` since ${new Date(since < 1e11 ? since * 1000 : since).toISOString()}`;
  const where = DestinationProperties?.DestinationArn ?? id;
  return fail(
    spot,
    `Findings are not exported to ${where}${when}: it is ${status}. Look at the policies of bucket and key.`,
  );
}
