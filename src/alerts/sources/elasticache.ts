import { serviceLink } from '../../aws-names/console-links.ts';
import { spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { asSentence, signalOf, text } from '../shape.ts';
import type { Source } from '../source.ts';

const name = /^ElastiCache:(\w{1,80})$/;

/** Source: ElastiCache user guide, "Event notifications and Amazon SNS": `{"ElastiCache:FailoverComplete": "my-cluster-001"}`. */
export const elasticache: Source = {
  name: 'elasticache',
  matches: ({ json }) => json !== undefined && name.test(Object.keys(json)[0] ?? ''),
  read: (payload) => {
    const [key = '', value] = Object.entries(payload.json ?? {})[0] ?? [];
    const event = name.exec(key)?.[1] ?? 'event';
    const cluster = text.parse(value);
    const said = `ElastiCache ${cluster ?? 'cluster'}: ${spaced(event).toLowerCase()}`;
    return signalOf(payload, {
      source: 'elasticache',
      kind: event,
      dedupKey: ['elasticache', payload.topicArn ?? '', event, cluster ?? ''].join(':'),
      severity: severityOf(event),
      title: said,
      sentence: asSentence(said),
      accounts: [],
      regions: [],
      times: [],
      resource: cluster === undefined ? undefined : { name: cluster, type: 'ElastiCache cluster' },
      links: (where) => [serviceLink(where, 'elasticache')],
      fields: [['Event', event]],
    });
  },
};

/** docs/severity.md, "ElastiCache". */
const severityOf = (event: string): Severity =>
  /Failed|Insufficient|Limit|Impaired/.test(event)
    ? 'medium'
    : /Failover|Replace|Restart|Deleted|SecurityGroup/.test(event)
      ? 'low'
      : 'info';
