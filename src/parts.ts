import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Aws } from './aws/aws.ts';
import type { AccountNames } from './aws/names.ts';
import type { Check } from './checks.ts';
import type { Config, Environment } from './config/config.ts';
import type { Wakes } from './jobs/wakes.ts';
import type { Metrics } from './metrics.ts';
import type { PagerParts } from './notify/pager.ts';
import type { Access } from './slack/access.ts';
import type { Database } from './store/database.ts';
import type { Standing } from './store/transitions.ts';

/** What the listeners, commands and jobs work with: opened once by app.ts. */
export interface Parts {
  config: Config;
  /** What the services that call people need, and where the bot is reached. */
  environment: PagerParts & Pick<Environment, 'publicUrl'>;
  database: Database;
  slack: WebClient;
  /** Asks nothing before the first question. */
  aws: Aws;
  accountNames: AccountNames;
  /** The workspace the bot is installed in. */
  team: string;
  access: Access;
  version: string;
  /** When this process started. */
  startedAt: Date;
  /** What must work for the bot to be of use: /readyz and `/audit status` ask them. */
  checks: readonly Check[];
  now: () => Date;
  log: Logger;
  metrics: Metrics;
  wakes: Wakes;
  /** Who is on call and which policies hold at a time. */
  standing: (now: Date) => Promise<Standing>;
}
