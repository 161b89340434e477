import { accessCommand } from './access.ts';
import { accountsCommand } from './accounts.ts';
import { alertsCommand } from './alerts.ts';
import { ackCommand, resolveCommand, showCommand } from './by-number.ts';
import { caseCommand } from './case.ts';
import type { SlashCommand } from './command.ts';
import { dnsCommand } from './dns.ts';
import { evidenceCommand } from './evidence.ts';
import { findingsCommand } from './findings.ts';
import { flowsCommand } from './flows.ts';
import { frameworkCommand } from './framework.ts';
import { helpFor } from './help.ts';
import { historyCommand } from './history.ts';
import { incidentCommand } from './incident.ts';
import { investigateCommand } from './investigate.ts';
import { lookupCommand } from './lookup.ts';
import { oncallCommand } from './oncall.ts';
import { reportCommand } from './report.ts';
import { s3Command } from './s3.ts';
import { sessionsCommand } from './sessions.ts';
import { silenceCommand } from './silence.ts';
import { statsCommand } from './stats.ts';
import { statusCommand } from './status.ts';
import { unwatchCommand, watchCommand } from './watch.ts';
import { whoCommand } from './who.ts';

/** The subcommands of /audit, in the order in which help shows them. A new one is its file and a line here. */
export const commands: readonly SlashCommand[] = [
  lookupCommand,
  whoCommand,
  watchCommand,
  unwatchCommand,
  caseCommand,
  investigateCommand,
  historyCommand,
  sessionsCommand,
  flowsCommand,
  dnsCommand,
  s3Command,
  accessCommand,
  accountsCommand,
  findingsCommand,
  alertsCommand,
  showCommand,
  ackCommand,
  resolveCommand,
  incidentCommand,
  silenceCommand,
  oncallCommand,
  statsCommand,
  reportCommand,
  evidenceCommand,
  frameworkCommand,
  statusCommand,
  helpFor(() => commands),
];
