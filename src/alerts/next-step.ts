import { severityRank } from './severity.ts';
import type { Signal } from './signal.ts';

/** The first thing to do about a kind of alert, in a few words. `kinds` reads the name of the call or of the finding. */
interface Step {
  sources: readonly string[];
  kinds: RegExp;
  step: string;
}

/**
 * Sources: AWS Security Incident Response User Guide (contain first, then look); GuardDuty user guide, "Remediating
 * findings"; IAM user guide, "Remediate leaked access keys".
 */
const steps: readonly Step[] = [
  {
    sources: ['cloudtrail'],
    kinds: /^(?:StopLogging|DeleteTrail|UpdateTrail|PutEventSelectors|PutInsightSelectors|\w*EventDataStore\w*)$/,
    step: 'Start logging again, then see what the caller did',
  },
  {
    sources: ['cloudtrail'],
    kinds: /^(?:Stop|Delete)(?:ConfigurationRecorder|DeliveryChannel|ConfigRule)$/,
    step: 'Start the recorder again, then see what the caller did',
  },
  {
    sources: ['cloudtrail'],
    kinds:
      /Detector$|^(?:Disable|Delete|Stop)(?:SecurityHub|Macie|Inspector|Members?|FlowLogs|MonitoringMembers)|^Disassociate/,
    step: 'Turn it on again, then see what the caller did',
  },
  {
    sources: ['cloudtrail'],
    kinds: /^(?:Create|Update|Import)(?:AccessKey|SSHPublicKey|LoginProfile|ServiceSpecificCredential)$/,
    step: 'Deactivate the credential unless its owner asked for it',
  },
  {
    sources: ['cloudtrail'],
    kinds:
      /^(?:Put|Delete|Create|Update)\w*(?:Acl|PublicAccessBlock|BucketPolicy|ResourcePolicy)$|^Modify\w*(?:Image|Snapshot)\w*Attribute$/,
    step: 'Take the access back, then see who used it',
  },
  { sources: ['cloudtrail'], kinds: /^Authorize\w*Ingress$/, step: 'Revoke the rule unless somebody vouches for it' },
  {
    sources: ['cloudtrail'],
    kinds:
      /^(?:Attach|Put|Set)\w*Policy(?:Version)?$|^AddUserToGroup$|^UpdateAssumeRolePolicy$|^CreateUser$|^CreatePolicyVersion$/,
    step: 'Take the right back unless somebody vouches for it',
  },
  {
    sources: ['cloudtrail'],
    kinds: /^(?:ScheduleKeyDeletion|DisableKey)$/,
    step: 'Cancel the deletion while its waiting period lasts',
  },
  { sources: ['cloudtrail'], kinds: /^ConsoleLogin$/, step: 'Ask the owner; end the session if it was not theirs' },
  {
    sources: ['health'],
    kinds: /CREDENTIALS_(?:EXPOSED|COMPROMISED)|RISK_IAM|ABUSE/,
    step: 'Deactivate the key, then see what it did',
  },
  {
    sources: ['guardduty'],
    kinds: /:(?:EC2|Runtime|ECS|Kubernetes)\//,
    step: 'Isolate the machine and keep it for forensics',
  },
  {
    sources: ['guardduty'],
    kinds: /:(?:IAMUser|S3|RDS|Lambda)\//,
    step: 'Deactivate the credentials, then see what they did',
  },
];

/** What to do first; undefined for what is below medium, for what was refused, and where AWS gives no advice. */
export function nextStep({ source, kind, severity, judgement }: Signal): string | undefined {
  if (severityRank(severity) > severityRank('medium')) return undefined;
  if (judgement?.reasons.some((reason) => /\bdid not succeed$/.test(reason)) === true) return undefined;
  return steps.find(({ sources, kinds }) => sources.includes(source) && kinds.test(kind))?.step;
}
