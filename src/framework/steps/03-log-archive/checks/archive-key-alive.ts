import { type Answer, type Asking, all } from '../../../asks.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import {
  type ArchiveScope,
  archiveCheck,
  archiveSpot,
  type DefaultEncryption,
  defaultEncryption,
  type KeyFacts,
  keyFacts,
} from '../facts.ts';

const about: About = {
  id: 'archive-key-alive',
  version: 1,
  title: 'The keys of the archive are not about to be deleted',
  severity: 'critical',
  daily: true,
  why: 'When the key is gone, every log that it encrypted is gone with it.',
  passes: 'The KMS keys of the trail and of its bucket are enabled.',
  fix: [
    'aws kms cancel-key-deletion --key-id {resource} --region {region}',
    'aws kms enable-key --key-id {resource} --region {region}',
  ].join('\n'),
  references: ['https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html'],
};

interface Facts {
  encryption: Answer<DefaultEncryption>;
  keys: readonly KeyFacts[];
}

export const check = archiveCheck(about, facts, judge);

function* facts(scope: ArchiveScope): Asking<Facts> {
  const encryption = yield* defaultEncryption(scope);
  const own = encryption.is === 'value' ? encryption.value.key : null;
  const ids = new Set([scope.trail.trail.KmsKeyId, own].flatMap((id) => (id == null || id === '' ? [] : [id])));
  return { encryption, keys: yield* all([...ids].map((id) => keyFacts(id, scope))) };
}

function judge({ encryption, keys }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  const judged = keys.map((key) => judgeKey(key, scope));
  if (encryption.is === 'unknown') return [...judged, unknownFrom(spot, encryption)];
  return judged.length > 0 ? judged : [notApplicable(spot, 'Neither the trail nor its bucket has a key of its own.')];
}

function judgeKey({ id, account, state }: KeyFacts, { archive }: ArchiveScope): Judged {
  const spot = { account, region: id.split(':')[3] ?? archive.place.region, resource: id };
  if (state.is === 'unknown') return unknownFrom(spot, state);
  if (state.is === 'absent') return fail(spot, `The key ${id} does not exist.`);
  const { KeyState = 'unknown' } = state.value.KeyMetadata;
  switch (KeyState.toLowerCase()) {
    case 'enabled':
      return pass(spot, 'The key is enabled.');
    case 'disabled':
    case 'pendingdeletion':
    case 'pendingreplicadeletion':
    case 'pendingimport':
    case 'unavailable':
      return fail(spot, `The key is ${KeyState}.`);
    default:
      return unknown(spot, 'not asked', `The key has a state that is not known here: ${KeyState}.`);
  }
}
