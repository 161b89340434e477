import { type Answer, type Asking, all, ask } from '../../asks.ts';
import { getDocument, listDocuments } from '../../calls/ssm.ts';
import type { RegionScope } from '../../check.ts';
import { preferencesName } from './facts.ts';
import { type Preferences, readPreferences } from './preferences.ts';

/**
 * Documents of AWS whose sessions are never written down, whatever the preferences say.
 * Source: Systems Manager user guide, "Logging session activity": "Logging isn't available for … port forwarding or SSH".
 */
const neverLogged = [
  'AWS-StartSSHSession',
  'AWS-StartPortForwardingSession',
  'AWS-StartPortForwardingSessionToRemoteHost',
  'AWS-StartPortForwardingSessionToSocket',
];

/** Commands of AWS's own documents are logged at their end, as the preferences say; they are not streamed. */
export const isNeverLogged = (document: string | undefined): boolean =>
  neverLogged.some((name) => document?.split('/').at(-1) === name);

/** Whether a session is an ordinary shell, whose screen the preferences have written down. */
export const isContentLogged = (document: string | undefined, preferences: string): boolean =>
  document === undefined || document === '' || document.split('/').at(-1) === preferences;

/** A document of the account for sessions, and what it says of their log. */
export interface OwnDocument {
  name: string;
  /** Absent: it cannot be read or is gone. */
  preferences: Answer<Preferences>;
}

/** The account's own documents for sessions, the preferences apart. */
export function* ownDocuments({ account, region }: RegionScope): Asking<Answer<readonly OwnDocument[]>> {
  const place = { account: account.id, region };
  const listed = yield* ask(listDocuments, place, {
    Filters: [
      { Key: 'DocumentType', Values: ['Session'] },
      { Key: 'Owner', Values: ['Self'] },
    ],
  });
  if (listed.is !== 'value') return listed;
  const names = listed.value.DocumentIdentifiers.map(({ Name }) => Name).filter((name) => name !== preferencesName);
  const documents = yield* all(names.map((Name) => ask(getDocument, place, { Name, DocumentFormat: 'JSON' })));
  return { ...listed, value: documents.map((answer, at) => ({ name: names[at] ?? '', preferences: readBy(answer) })) };
}

function readBy(answer: Answer<{ Content: string }>): Answer<Preferences> {
  if (answer.is !== 'value') return answer;
  const read = readPreferences(answer.value.Content);
  return read === undefined
    ? { is: 'unknown', why: 'not asked', sentence: 'The document cannot be read.', at: answer.at }
    : { ...answer, value: read };
}
