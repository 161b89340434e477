import { silenceList } from '../slack/views/silences.ts';
import { activeSilences } from '../store/silences.ts';
import type { Command } from './audit.ts';

export const silenceCommand: Command = {
  name: 'silence',
  usage: 'silence',
  sentence:
    'Lists what is silenced, until when and why, and ends a silence early. To begin one, choose it in the menu of an alert.',
  topic: 'Alerts',
  right: null,
  run: async (parts) => silenceList(await activeSilences(parts.database.db, parts.now())),
};
