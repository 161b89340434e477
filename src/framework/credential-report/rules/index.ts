import type { RuleId } from '../controls.ts';
import { consoleMfa } from './console-mfa.ts';
import { inactiveUser } from './inactive-user.ts';
import { keyRotation } from './key-rotation.ts';
import { inactiveKey, signingCertificate, unlistedCredentials } from './notes.ts';
import { passwordAge } from './password-age.ts';
import { passwordLength, passwordReuse } from './password-policy.ts';
import { rootAccessKey } from './root-access-key.ts';
import { rootHardwareMfa } from './root-hardware-mfa.ts';
import { rootMfa } from './root-mfa.ts';
import { rootUsed } from './root-used.ts';
import type { CredentialRule } from './rule.ts';
import { serverCertificateExpired } from './server-certificate.ts';
import { serviceApiKey, serviceCredentialAge, serviceCredentialExpired } from './service-credentials.ts';
import { setupKey } from './setup-key.ts';
import { twoActiveKeys } from './two-active-keys.ts';
import { unusedCredential } from './unused-credential.ts';

/** Every rule by its id, in the order of the control map. */
export const credentialRules: Readonly<Record<RuleId, CredentialRule>> = {
  'root-access-key': rootAccessKey,
  'root-mfa': rootMfa,
  'root-hardware-mfa': rootHardwareMfa,
  'root-used': rootUsed,
  'console-mfa': consoleMfa,
  'unused-credential': unusedCredential,
  'key-rotation': keyRotation,
  'two-active-keys': twoActiveKeys,
  'setup-key': setupKey,
  'inactive-user': inactiveUser,
  'password-age': passwordAge,
  'password-length': passwordLength,
  'password-reuse': passwordReuse,
  'server-certificate-expired': serverCertificateExpired,
  'signing-certificate': signingCertificate,
  'service-api-key': serviceApiKey,
  'service-credential-age': serviceCredentialAge,
  'service-credential-expired': serviceCredentialExpired,
  'inactive-key': inactiveKey,
  'unlisted-credentials': unlistedCredentials,
};
