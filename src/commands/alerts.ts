import { nearest } from '../alerts/nearest.ts';
import { severities } from '../alerts/severity.ts';
import type { Parts } from '../parts.ts';
import { md } from '../slack/escape.ts';
import type { Message } from '../slack/types.ts';
import { type AlertFilter, alertList, listStates } from '../slack/views/alert-list.ts';
import { listAlerts } from '../store/alerts.ts';
import type { Command } from './audit.ts';

const pageSize = 20;

/** One page of the list of alerts, as a message. A page past the end shows the last one. */
export async function alertListMessage(parts: Parts, filter: AlertFilter, page: number): Promise<Message> {
  const { db } = parts.database;
  const asked = {
    ...(filter.severity === 'any' ? {} : { severity: filter.severity }),
    ...(filter.state === 'open' ? {} : { state: filter.state }),
    ...(filter.storm === undefined ? {} : { stormId: filter.storm }),
  };
  const at = (number: number) => listAlerts(db, asked, { offset: (number - 1) * pageSize, limit: pageSize });
  let found = await at(page);
  const pages = Math.max(1, Math.ceil(found.total / pageSize));
  const shown = Math.min(Math.max(page, 1), pages);
  if (shown !== page) found = await at(shown);
  return alertList({ ...found, page: shown, pages, filter });
}

export const alertsCommand: Command = {
  name: 'alerts',
  usage: 'alerts [critical|high|medium|low|info] [open|firing|acknowledged|snoozed|resolved]',
  sentence: 'Lists the alerts that are open, worst first, or those of one severity or state.',
  topic: 'Alerts',
  right: null,
  run: async (parts, { typed }) => {
    let filter: AlertFilter = { severity: 'any', state: 'open' };
    for (const word of typed.words.map((each) => each.toLowerCase())) {
      const severity = (['any', ...severities] as const).find((known) => known === word);
      const state = listStates.find((known) => known === word);
      if (severity === undefined && state === undefined) {
        const close = nearest(word, [...severities, ...listStates]);
        const hint = close === undefined ? '' : ` Did you mean ${close}?`;
        return md`"${word.slice(0, 80)}" is neither a severity nor a state.${hint} For example: /audit alerts high firing`.toString();
      }
      filter = {
        ...filter,
        ...(severity === undefined ? {} : { severity }),
        ...(state === undefined ? {} : { state }),
      };
    }
    return alertListMessage(parts, filter, 1);
  },
};
