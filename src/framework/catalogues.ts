import { type RuleId, controls as ruleControls, ruleIds } from './credential-report/controls.ts';

/** A control of a catalogue that auditors use, and what here is about it. */
interface CatalogueControl {
  /** Its number: "CC6.1", "A.5.18", "8.4.2". */
  number: string;
  /** What it asks for, in our words. */
  about: string;
  rules: readonly RuleId[];
  /** Ids of checks of the sixteen steps. */
  checks: readonly string[];
  /** What of it nobody looks at here. */
  beyond: string;
}

interface Catalogue {
  /** As its publisher names it, with the edition. */
  name: string;
  controls: readonly CatalogueControl[];
}

const control = (
  number: string,
  about: string,
  rules: readonly RuleId[],
  checks: readonly string[],
  beyond: string,
): CatalogueControl => ({ number, about, rules, checks, beyond });

/** Of PCI DSS the rules are named once, beside their other numbers. */
const pci = (number: string, about: string, checks: readonly string[], beyond: string): CatalogueControl =>
  control(
    number,
    about,
    ruleIds.filter((rule) => ruleControls[rule].pci.includes(number)),
    checks,
    beyond,
  );

const rootRules = ['root-access-key', 'root-mfa', 'root-hardware-mfa', 'root-used'] as const;
const mfaRules = ['root-mfa', 'root-hardware-mfa', 'console-mfa'] as const;
const keyRules = ['key-rotation', 'two-active-keys', 'setup-key', 'service-api-key', 'service-credential-age'] as const;

/**
 * Which controls our rules and checks are about; one line a control. What a control asks for is the publisher's, in short words
 * of ours; which rule is about it is our reading, compared with nobody's. None of it proves a control: each asks for more than
 * settings of AWS accounts.
 * Sources: AICPA, Trust Services Criteria 2017 with points of focus of 2022; ISO/IEC 27001:2022, Annex A; PCI DSS 4.0.1.
 */
export const catalogues: readonly Catalogue[] = [
  {
    name: 'SOC 2, Trust Services Criteria 2017 (points of focus 2022), CC6 and CC7',
    controls: [
      control(
        'CC6.1',
        'Logical access to what is protected',
        [...rootRules, 'console-mfa', ...keyRules, 'password-length', 'password-reuse'],
        ['archive-policy-tight', 'archive-encrypted', 'trail-encrypted', 'org-root-central'],
        'access inside applications, databases and operating systems; encryption of other data',
      ),
      control(
        'CC6.2',
        'Users are registered, and removed when they need no access',
        ['unused-credential', 'inactive-user'],
        ['iam-users-new', 'adv-unused-roles', 'cred-reviewed'],
        'who authorised an account, and joiners and leavers in the directory',
      ),
      control(
        'CC6.3',
        'Access follows roles and least privilege, and is reviewed',
        ['unused-credential', 'inactive-user'],
        ['adv-unused-services', 'adv-unused-roles', 'adv-reviewed', 'aa-unused', 'cred-reviewed'],
        'separation of duties; whether a right is needed',
      ),
      control('CC6.4', 'Physical access', [], [], 'all of it: it is AWS’s, by its own SOC report'),
      control('CC6.5', 'Disposal of assets', [], [], 'all of it'),
      control(
        'CC6.6',
        'Protection against what comes from outside',
        [...mfaRules],
        ['aa-external', 'aa-internal', 'archive-not-public', 'flow-vpc-covered'],
        'security groups, firewalls, web applications',
      ),
      control(
        'CC6.7',
        'Data that is moved or removed',
        [],
        ['aa-external', 's3-logged', 's3-data-events'],
        'encryption on the way, media, endpoints',
      ),
      control(
        'CC6.8',
        'Unauthorised or malicious software',
        [],
        ['gd-protections', 'gd-agents'],
        'protection of endpoints and of what is built and deployed',
      ),
      control(
        'CC7.1',
        'Changes of configuration and new weaknesses are detected',
        [],
        [
          'config-recording',
          'config-aggregator',
          'sh-evaluates',
          'pack-evaluates',
          'lz-controls-sync',
          'eb-rules-unchanged',
        ],
        'vulnerabilities of software',
      ),
      control(
        'CC7.2',
        'Anomalies are monitored',
        ['root-used'],
        [
          'trail-org-wide',
          'trail-account-covered',
          'trail-all-management',
          'gd-enabled-everywhere',
          'alarm-root',
          'alarm-unauthorized',
          'alarm-signin-failure',
          'flow-vpc-covered',
          'dns-vpc-covered',
          'eb-reaches-bot',
        ],
        'logs of applications',
      ),
      control(
        'CC7.3',
        'Events are evaluated',
        [],
        ['gd-findings-handled', 'aa-findings-handled', 'gd-not-silenced'],
        'the judgement behind each decision',
      ),
      control(
        'CC7.4',
        'Incidents are answered',
        [],
        ['inv-open', 'gd-alert-route'],
        'the plan, its exercises, and who was told',
      ),
      control('CC7.5', 'Recovery from incidents', [], [], 'all of it'),
    ],
  },
  {
    name: 'ISO/IEC 27001:2022, Annex A, 5 and 8',
    controls: [
      control(
        'A.5.15',
        'Access control',
        [...rootRules, 'console-mfa'],
        ['aa-external', 'adv-scp-gap'],
        'the policy itself, and access outside AWS',
      ),
      control(
        'A.5.16',
        'Identity management',
        ['unused-credential', 'inactive-user', 'root-used'],
        ['iam-users-new', 'iam-nonfederated-use'],
        'the directory, and identities that people share',
      ),
      control(
        'A.5.17',
        'Authentication information',
        [...keyRules, 'password-length', 'password-reuse', 'password-age'],
        ['cred-service-specific'],
        'how secrets are handed out and kept',
      ),
      control(
        'A.5.18',
        'Access rights are given, reviewed and removed',
        ['unused-credential', 'inactive-user'],
        ['adv-reviewed', 'adv-unused-roles', 'adv-unused-services', 'cred-reviewed'],
        'who approved a right',
      ),
      control(
        'A.5.23',
        'Use of cloud services',
        [],
        ['lz-healthy', 'lz-accounts-governed', 'org-policies-on', 'org-guard-audit'],
        'choice of, contracts with, and leaving of providers',
      ),
      control(
        'A.5.25',
        'Events are assessed',
        [],
        ['gd-findings-handled', 'aa-findings-handled'],
        'the judgement behind each decision',
      ),
      control('A.5.26', 'Incidents are answered', [], ['inv-open', 'gd-alert-route'], 'the plan and its exercises'),
      control(
        'A.5.28',
        'Collection of evidence',
        [],
        ['archive-immutable', 'archive-kept', 'trail-validation', 'cred-kept', 'evidence-digest-lives'],
        'evidence outside AWS',
      ),
      control(
        'A.5.33',
        'Protection of records',
        [],
        ['archive-immutable', 'archive-separate', 'archive-isolated', 'archive-encrypted'],
        'other records',
      ),
      control(
        'A.8.2',
        'Privileged access rights',
        [...rootRules],
        ['org-root-central', 'alarm-root', 'aa-unused'],
        'administrators who are no root users',
      ),
      control(
        'A.8.3',
        'Access to information is restricted',
        [],
        ['aa-external', 'archive-not-public', 'archive-policy-tight'],
        'access inside applications',
      ),
      control(
        'A.8.5',
        'Secure authentication',
        [...mfaRules, 'password-length', 'password-reuse'],
        ['iam-signin-alerts'],
        'sign-in at the identity provider',
      ),
      control(
        'A.8.9',
        'Configuration management',
        [],
        ['config-recording', 'config-delivers', 'lz-controls-sync'],
        'configuration inside machines',
      ),
      control(
        'A.8.15',
        'Logging',
        [],
        [
          'trail-org-wide',
          'trail-account-covered',
          'trail-all-management',
          'trail-delivers',
          'trail-validation',
          's3-logged',
          'flow-vpc-covered',
          'dns-vpc-covered',
          'ssm-streaming',
          'archive-immutable',
        ],
        'logs of applications',
      ),
      control(
        'A.8.16',
        'Monitoring activities',
        ['root-used'],
        ['gd-enabled-everywhere', 'gd-not-silenced', 'alarm-state', 'eb-reaches-bot', 'iam-alerts-arrive'],
        'monitoring outside AWS',
      ),
      control(
        'A.8.20',
        'Security of networks',
        [],
        ['flow-vpc-covered', 'alarm-security-group', 'alarm-nacl', 'alarm-vpc', 'alarm-gateway', 'alarm-route'],
        'the rules of networks themselves',
      ),
      control(
        'A.8.24',
        'Cryptography',
        ['server-certificate-expired'],
        ['trail-encrypted', 'archive-encrypted', 'archive-key-alive', 'ssm-encrypted', 'alarm-kms'],
        'encryption of other data, and keys outside AWS',
      ),
    ],
  },
  {
    name: 'PCI DSS 4.0.1, requirements 7, 8 and 10',
    controls: [
      pci(
        '7.2.1',
        'Access is by need, job and least privilege',
        ['adv-unused-services', 'aa-unused'],
        'the model of access itself',
      ),
      pci(
        '7.2.4',
        'All accounts and rights are reviewed every six months',
        ['cred-reviewed', 'adv-reviewed'],
        'accounts outside AWS',
      ),
      pci(
        '7.2.5',
        'Accounts of applications have least privilege',
        ['adv-unused-roles', 'adv-unused-services'],
        'accounts inside applications',
      ),
      pci('8.2.1', 'Everybody has an ID of their own', ['iam-nonfederated-use'], 'whether people share one'),
      pci(
        '8.2.6',
        'Accounts unused for 90 days are disabled',
        [],
        'accounts outside AWS; unused-credential has a limit of its own',
      ),
      pci(
        '8.3.6',
        'Passwords have at least 12 characters',
        [],
        'the identity provider’s passwords; password-length has a limit of its own',
      ),
      pci(
        '8.3.7',
        'The last four passwords are refused',
        [],
        'the identity provider’s passwords; password-reuse has a limit of its own',
      ),
      pci(
        '8.3.9',
        'Passwords that are the only factor are changed within 90 days',
        [],
        'the identity provider’s passwords',
      ),
      pci(
        '8.4.2',
        'MFA for all access to the cardholder data environment',
        ['alarm-signin-no-mfa'],
        'sign-in at the identity provider, and which accounts are in scope',
      ),
      pci(
        '8.6.3',
        'Secrets of applications are protected against misuse',
        ['cred-service-specific'],
        'secrets outside IAM',
      ),
      pci(
        '10.2.1',
        'Audit logs are on for all components',
        ['trail-org-wide', 'trail-account-covered', 'trail-all-management', 's3-logged', 'flow-vpc-covered'],
        'logs of applications and machines',
      ),
      pci(
        '10.2.2',
        'Logs say who did what, when and where',
        ['trail-all-management', 's3-log-format', 'flow-fields'],
        'logs of applications and machines',
      ),
      pci('10.3.1', 'Few can read the logs', ['archive-policy-tight', 'archive-isolated'], 'copies elsewhere'),
      pci('10.3.2', 'Logs cannot be changed', ['archive-immutable', 'trail-validation'], 'copies elsewhere'),
      pci(
        '10.3.3',
        'Logs are kept apart at once',
        ['archive-separate', 'trail-delivers'],
        'logs of applications and machines',
      ),
      pci(
        '10.4.1',
        'Logs are reviewed daily, by machines too',
        ['gd-enabled-everywhere', 'alarm-state', 'eb-reaches-bot'],
        'logs of applications and machines',
      ),
      pci(
        '10.5.1',
        'Logs are kept for a year, three months of it at hand',
        ['archive-kept', 'config-retention'],
        'copies elsewhere',
      ),
      pci(
        '10.7.2',
        'A failing control is noticed and answered',
        ['trail-delivers', 'eb-no-failures', 'flow-delivers', 'alarm-cloudtrail'],
        'controls outside AWS',
      ),
    ],
  },
];

/** How a rule or check stands now, in places: an account, a resource, whatever it looks at. */
export interface Stand {
  title: string;
  /** Findings or places that fail. */
  open: number;
  /** Places where it could not look. */
  unknown: number;
  /** Whether it looked anywhere. */
  looked: boolean;
}

export interface ControlRow {
  catalogue: string;
  number: string;
  about: string;
  /** What was looked with. */
  by: readonly (Stand & { id: string })[];
  verdict: string;
  beyond: string;
}

/**
 * Each control beside what is about it, as it stands now. A control is never called fulfilled: the best that is said is that
 * nothing was found, and by how many of those that are about it.
 * @param stands of rules or checks, by their ids; those that are not there are not looked at in this report
 */
export const controlRows = (stands: ReadonlyMap<string, Stand>): ControlRow[] =>
  catalogues.flatMap(({ name, controls }) =>
    controls.map(({ number, about, rules, checks, beyond }) => {
      const by = [...rules, ...checks].flatMap((id) => {
        const stand = stands.get(id);
        return stand === undefined ? [] : [{ id, ...stand }];
      });
      const all = rules.length + checks.length;
      return { catalogue: name, number, about, by, verdict: verdictOf(by, all), beyond };
    }),
  );

function verdictOf(by: readonly Stand[], all: number): string {
  const sum = (of: (stand: Stand) => number) => by.reduce((total, stand) => total + of(stand), 0);
  const [open, unknown] = [sum((stand) => stand.open), sum((stand) => stand.unknown)];
  const dark = unknown === 0 ? '' : `${unknown.toLocaleString('en')} not known`;
  if (open > 0) return `${open.toLocaleString('en')} open${dark === '' ? '' : `, ${dark}`}`;
  if (dark !== '') return dark;
  const looked = by.filter((stand) => stand.looked).length;
  if (looked === 0) return 'not looked at here';
  return looked === all ? 'nothing found' : `nothing found by ${looked} of ${all}`;
}
