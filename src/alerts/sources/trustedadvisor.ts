import { serviceLink } from '../../aws-names/console-links.ts';
import { asText } from '../../words/json.ts';
import type { Severity } from '../severity.ts';
import { awsEvent, hasDetailType, map, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Source } from '../source.ts';

/** Source: Support user guide, "Monitoring Trusted Advisor check results with EventBridge". The columns of check-item-detail differ by check. */
const Item = shape({ 'check-name': text, 'check-item-detail': map, status: text, resource_id: text, uuid: text });

/** What Trusted Advisor says of single items of its checks. */
export const trustedadvisor: Source = {
  name: 'trustedadvisor',
  matches: (payload) => hasDetailType(payload, /^Trusted Advisor /),
  read: (payload) => {
    const event = awsEvent(payload);
    const item = Item.parse(event?.detail);
    const columns = Object.entries(item['check-item-detail']).flatMap(([name, value]): [string, string][] => {
      const line = asText(value);
      return line === undefined ? [] : [[name, line]];
    });
    const column = (pattern: RegExp): string | undefined => columns.find(([name]) => pattern.test(name))?.[1];
    const check = item['check-name'] ?? 'unnamed check';
    const user = column(/^User Name/i);
    const key = column(/^Access Key ID$/i);
    const resource =
      resourceNamed(item.resource_id) ??
      resourceNamed(key ?? column(/ID$|^.*Name$|^Resource/i), key === undefined ? undefined : 'access key');
    const about = resource === undefined ? '' : `: ${resource.name}`;
    const word =
      item.status === 'ERROR'
        ? 'recommends to act'
        : item.status === 'OK'
          ? 'finds nothing wrong any more'
          : 'recommends to look';
    return signalOf(payload, {
      source: 'trustedadvisor',
      kind: check,
      dedupKey: [
        'trustedadvisor',
        event?.account ?? '',
        check,
        item.resource_id ?? item.uuid ?? resource?.name ?? '',
      ].join(':'),
      severity: severityOf(check, item.status),
      state: item.status === 'OK' ? 'resolved' : 'firing',
      title: `Trusted Advisor: ${check}${about}`,
      sentence: `Trusted Advisor ${word} in its check "${check}"${resource === undefined ? '' : ` for ${resource.type ?? 'resource'} ${resource.name}`}${user === undefined ? '' : ` of user ${user}`}.`,
      accounts: [event?.account],
      regions: [column(/^Region$/i), column(/^Region\/AZ$/i)?.replace(/[a-z]$/, ''), event?.region],
      times: [event?.time],
      resource,
      actor:
        user === undefined
          ? undefined
          : {
              type: /root/i.test(user) ? 'root' : 'user',
              name: user,
              ...(key === undefined ? {} : { accessKeyId: key }),
            },
      links: (where) => [serviceLink(where, 'trustedadvisor')],
      fields: [['Status', item.status], ...columns.filter(([name]) => !/^Day \d+$/.test(name)).slice(0, 8)],
    });
  },
};

/** docs/severity.md, "Trusted Advisor". */
function severityOf(check: string, status: string | undefined): Severity {
  if (status === 'OK') return 'info';
  if (/exposed access keys/i.test(check)) return 'critical';
  if (/root account|mfa|bucket permissions|public|cloudtrail|security group/i.test(check))
    return status === 'ERROR' ? 'high' : 'medium';
  return status === 'ERROR' ? 'medium' : 'low';
}
