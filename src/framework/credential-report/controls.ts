/** The versions of the CIS AWS Foundations Benchmark that findings are named by: from 5.0 on the numbers moved. */
export const cisVersions = ['1.4', '3.0', '5.0', '6.0', '7.0'] as const;

type CisVersion = (typeof cisVersions)[number];

/** Where a rule stands in the catalogues of controls that auditors use. */
export interface Controls {
  /** The recommendation's number in each version; null: that version has none. */
  cis: Readonly<Record<CisVersion, string | null>>;
  /** Ids of Security Hub's controls that fail whenever the rule finds something, with the default thresholds. */
  securityHub: readonly string[];
  /** Requirements of PCI DSS 4.0.1 that it is about. */
  pci: readonly string[];
}

export const ruleIds = [
  'root-access-key',
  'root-mfa',
  'root-hardware-mfa',
  'root-used',
  'console-mfa',
  'unused-credential',
  'key-rotation',
  'two-active-keys',
  'setup-key',
  'inactive-user',
  'password-age',
  'password-length',
  'password-reuse',
  'server-certificate-expired',
  'signing-certificate',
  'service-api-key',
  'service-credential-age',
  'service-credential-expired',
  'inactive-key',
  'unlisted-credentials',
] as const;

export type RuleId = (typeof ruleIds)[number];

const cis = (v14: string | null, v30: string | null, v50: string | null, v60: string | null, v70: string | null) => ({
  '1.4': v14,
  '3.0': v30,
  '5.0': v50,
  '6.0': v60,
  '7.0': v70,
});

const none = cis(null, null, null, null, null);

/**
 * The control map. Sources: the compliance files of prowler-cloud/prowler (cis_1.4, 3.0, 5.0, 6.0, 7.0), which quote the
 * benchmarks; Security Hub user guide, "IAM controls", whose related requirements are those of PCI DSS. For "setup-key" in 5.0 that file prints 1.1, which is another
 * recommendation's number: 1.10, its place in the order, stands here.
 */
export const controls: Readonly<Record<RuleId, Controls>> = {
  'root-access-key': { cis: cis('1.4', '1.4', '1.3', '2.3', '2.4'), securityHub: ['IAM.4'], pci: [] },
  'root-mfa': { cis: cis('1.5', '1.5', '1.4', '2.4', '2.5'), securityHub: ['IAM.9'], pci: ['8.4.2'] },
  'root-hardware-mfa': { cis: cis('1.6', '1.6', '1.5', '2.5', '2.6'), securityHub: ['IAM.6'], pci: ['8.4.2'] },
  'root-used': { cis: cis('1.7', '1.7', '1.6', '2.6', '2.7'), securityHub: [], pci: [] },
  'console-mfa': { cis: cis('1.10', '1.10', '1.9', '2.9', '2.10'), securityHub: ['IAM.5', 'IAM.19'], pci: ['8.4.2'] },
  'unused-credential': { cis: cis('1.12', '1.12', '1.11', '2.11', '2.11'), securityHub: ['IAM.22'], pci: ['8.2.6'] },
  'key-rotation': { cis: cis('1.14', '1.14', '1.13', '2.13', '2.12'), securityHub: ['IAM.3'], pci: ['8.3.9', '8.6.3'] },
  'two-active-keys': { cis: cis('1.13', '1.13', '1.12', '2.12', null), securityHub: [], pci: [] },
  'setup-key': { cis: cis('1.11', '1.11', '1.10', '2.10', null), securityHub: [], pci: [] },
  'inactive-user': { cis: none, securityHub: ['IAM.8'], pci: ['8.2.6'] },
  'password-age': { cis: none, securityHub: [], pci: ['8.3.9'] },
  'password-length': { cis: cis('1.8', '1.8', '1.7', '2.7', '2.8'), securityHub: ['IAM.15'], pci: ['8.3.6'] },
  'password-reuse': { cis: cis('1.9', '1.9', '1.8', '2.8', '2.9'), securityHub: ['IAM.16'], pci: ['8.3.7'] },
  'server-certificate-expired': { cis: cis('1.19', '1.19', '1.18', '2.18', '2.17'), securityHub: ['IAM.26'], pci: [] },
  'signing-certificate': { cis: none, securityHub: [], pci: [] },
  'service-api-key': { cis: none, securityHub: [], pci: [] },
  'service-credential-age': { cis: none, securityHub: [], pci: [] },
  'service-credential-expired': { cis: none, securityHub: [], pci: [] },
  'inactive-key': { cis: none, securityHub: [], pci: [] },
  'unlisted-credentials': { cis: none, securityHub: [], pci: [] },
};
