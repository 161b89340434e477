import { type CredentialRule, rootOf, rootRow, rootSignsIn } from './rule.ts';

export const rootHardwareMfa: CredentialRule = {
  id: 'root-hardware-mfa',
  brief: 'no hardware MFA',
  title: 'The MFA device of the root user is hardware',
  severity: 'medium',
  why: 'A virtual device is as safe as the phone and the backups that hold its secret.',
  fix: 'Sign in as the root user, assign a security key or a hardware token, then remove the virtual device.',
  columns: ['mfa_active'],
  check: (facts) => {
    const root = rootRow(facts);
    if ('unknown' in root) return root;
    if (!rootSignsIn(facts, root)) return [];
    const hit = (sentence: string) => [{ ...rootOf(facts), slot: '', sentence, since: null }];
    if (root.mfaActive !== true) return hit('The root user has no MFA device at all, so no hardware one.');
    if (!facts.virtualMfa.known) return { unknown: facts.virtualMfa.reason };
    // The report only says that there is a device; the list of virtual ones tells of which kind. Source: CIS 6.0, 2.5.
    const virtual = facts.virtualMfa.value.some(
      ({ serialNumber, userArn }) =>
        serialNumber.endsWith(':mfa/root-account-mfa-device') || userArn === rootOf(facts).principal,
    );
    return virtual ? hit('The root user signs in with a virtual MFA device.') : [];
  },
};
