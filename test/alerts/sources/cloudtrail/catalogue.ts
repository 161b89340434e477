import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRecord, parseJson } from '../../../../src/words/json.ts';
import { dataFile } from '../../../data.ts';
import {
  account,
  byCloudFormation,
  byServiceRole,
  employee,
  machine,
  person,
  pipeline,
  recordOf,
  root,
  stranger,
} from './calls.ts';

/** A call, and how it is to be judged. */
export interface Graded {
  /** In which round it was written: 1 to 3 before the judge had seen them, 4 while it was mended. */
  round: string;
  grade: 'high' | 'medium' | 'quiet' | 'missed';
  /** The public rule that means it; '' for a routine call. */
  rule: string;
  what: string;
  record: object;
}

/**
 * Calls that rules of public catalogues mean at medium or above, and routine calls beside them, one a line: round, grade,
 * rule, what happens, who (below), service, call, parameters, and what else differs. The rules (elastic/detection-rules,
 * SigmaHQ, Azure-Sentinel, chronicle, splunk/security_content, Datadog, Panther, turbot/tailpipe, falco) gave what they look
 * for; no record is theirs. `missed` is what the judge leaves quiet although a rule means it.
 */
export const graded = (): Graded[] =>
  readFileSync(join(import.meta.dirname, 'catalogue.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [round = '', grade, rule = '', what = '', who = '', service = '', call = '', parameters = '', more = ''] =
        line.replaceAll('ACCOUNT', account).replaceAll('STRANGER', stranger).split('\t');
      if (grade !== 'high' && grade !== 'medium' && grade !== 'quiet' && grade !== 'missed')
        throw new Error(`No grade in: ${line}`);
      const { userIdentity, ...rest } = fields(more);
      const by = caller(who);
      const asked = parseJson(parameters);
      return {
        round,
        grade,
        rule,
        what,
        record: recordOf([
          what,
          service,
          call,
          isRecord(asked) ? asked : null,
          { ...by, ...rest, userIdentity: { ...by.userIdentity, ...(isRecord(userIdentity) ? userIdentity : {}) } },
        ]),
      };
    });

const Labelled = z.object({ expected: z.enum(['yes', 'no']), rule: z.string(), why: z.string(), event: z.unknown() });

/** EventBridge events of calls: `yes` where a public rule of level medium or higher means it, `no` for a routine call. */
export const labelledRules = (): z.infer<typeof Labelled>[] =>
  dataFile('labelled-rules.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => Labelled.parse(parseJson(line)));

const fields = (text: string): { [key: string]: unknown } => {
  const value = parseJson(text);
  return isRecord(value) ? value : {};
};

const session = (name: string, sessionName: string) => ({
  type: 'AssumedRole',
  principalId: `AROAEXAMPLE:${sessionName}`,
  arn: `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`,
  accountId: account,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionContext: { sessionIssuer: { type: 'Role', userName: name, accountId: account }, attributes: {} },
});

const token = (mfaAuthenticated: string) => ({
  ...person,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionContext: { attributes: { mfaAuthenticated } },
});

const known: Record<string, { userIdentity: object; userAgent?: string; sourceIPAddress?: string }> = {
  person: { userIdentity: person },
  employee: { userIdentity: employee },
  pipeline: { userIdentity: pipeline },
  machine: { userIdentity: machine },
  root: { userIdentity: root },
  cloudformation: byCloudFormation,
  terraform: {
    userIdentity: pipeline,
    userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.9.5 terraform-provider-aws/5.70.0 aws-sdk-go-v2/1.31.0',
  },
  token: { userIdentity: token('false') },
  'token with MFA': { userIdentity: token('true') },
  nobody: { userIdentity: { type: 'AWSAccount', principalId: '', accountId: 'anonymous' } },
  unknown: { userIdentity: { type: 'Unknown' } },
  'by SAML': { userIdentity: { type: 'SAMLUser', userName: 'jo@example.org' } },
  BedrockAPIKey: {
    userIdentity: { ...person, userName: 'BedrockAPIKey-q7x2', arn: `arn:aws:iam::${account}:user/BedrockAPIKey-q7x2` },
  },
};

/** `role NAME/SESSION`, `function NAME`, `through SERVICE ROLE`, `service role SERVICE`, or one of the known. */
function caller(who: string): { userIdentity: object; userAgent?: string; sourceIPAddress?: string } {
  const [kind = '', name = '', more = ''] = who.split(' ');
  const own = known[who];
  if (own !== undefined) return own;
  if (kind === 'role') {
    const [role = '', sessionName = ''] = name.split('/');
    return { userIdentity: session(role, sessionName) };
  }
  if (kind === 'function')
    return {
      userIdentity: session(name, name),
      userAgent: 'Boto3/1.40.1 md/Botocore#1.40.1 exec-env/AWS_Lambda_python3.12',
    };
  if (kind === 'service') return byServiceRole(more);
  if (kind === 'through') {
    const service = `${name}.amazonaws.com`;
    return {
      userIdentity: { ...session(more, `${name}-1a2b`), invokedBy: service },
      sourceIPAddress: service,
      userAgent: service,
    };
  }
  throw new Error(`Nobody is called ${who}`);
}
