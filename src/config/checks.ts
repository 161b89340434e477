import { z } from 'zod';
import { shadowedBy } from '../alerts/routing.ts';
import { didYouMean } from '../words/nearest.ts';
import { looksSecret, quote } from './problem.ts';
import { type File, routeSchema } from './schema.ts';
import { members, type Path, type Remark, type Yaml } from './yaml.ts';

/**
 * What no single value shows. These look at the data as it stands in the file, so that they speak up beside the
 * schema's own complaints and not only once those are gone.
 */
export const remarksAcross = (data: unknown): Remark[] => [
  ...unknownNames(data),
  ...deadRoutes(data),
  ...nowhereToAnchor(data),
];

const at = (value: unknown, key: string): unknown => members(value).find(([name]) => name === key)?.[1];

/** Every `notify` target of the escalation policies, with its place. */
export const notifyTargets = (data: unknown): { path: Path; target: string }[] =>
  members(at(data, 'escalation')).flatMap(([name, policy]) =>
    members(Array.isArray(policy) ? policy : at(policy, 'steps')).flatMap(([index, step]) => {
      const notify = at(step, 'notify');
      const path: Path = ['escalation', name, 'steps', index, 'notify'];
      const list: [Path, unknown][] =
        typeof notify === 'string' ? [[path, notify]] : members(notify).map(([i, target]) => [[...path, i], target]);
      return list.flatMap(([path, target]) => (typeof target === 'string' ? [{ path, target }] : []));
    }),
  );

/** Policies and schedules that are named and not there. */
function unknownNames(data: unknown): Remark[] {
  const policies = members(at(data, 'escalation')).map(([name]) => String(name));
  const schedules = members(at(data, 'schedules')).map(([name]) => String(name));
  const missing = (path: Path, kind: string, where: string, name: string, known: string[]): Remark[] => {
    if (known.includes(name)) return [];
    const choice = known.length === 0 ? `; there is none under ${where}` : `; known: ${known.join(', ')}`;
    return [{ path, message: `unknown ${kind} ${quote(name)}${didYouMean(name, known) || choice}` }];
  };
  return [
    ...members(at(data, 'routes')).flatMap(([index, route]) => {
      const name = at(route, 'escalation');
      return typeof name === 'string'
        ? missing(['routes', index, 'escalation'], 'escalation policy', 'escalation:', name, policies)
        : [];
    }),
    ...notifyTargets(data).flatMap(({ path, target }) =>
      target.startsWith('schedule:') && target !== 'schedule:'
        ? missing(path, 'schedule', 'schedules:', target.slice('schedule:'.length), schedules)
        : [],
    ),
  ];
}

/** Heads of the audit log that are to be noted where there is nothing to note them. */
function nowhereToAnchor(data: unknown): Remark[] {
  const [anchors, digests] = [at(at(data, 'auditLog'), 'anchors'), at(data, 'digests')];
  return (['archive', 'timeStamp'] as const).flatMap((kind) =>
    at(anchors, kind) === true && at(digests, kind) === undefined
      ? [{ path: ['auditLog', 'anchors', kind], message: `has no place without digests.${kind}` }]
      : [],
  );
}

/** Routes that an earlier one leaves nothing to match. */
function deadRoutes(data: unknown): Remark[] {
  const routes = z.array(routeSchema).safeParse(at(data, 'routes'));
  if (!routes.success) return [];
  return routes.data.flatMap((_, index): Remark[] => {
    const other = shadowedBy(routes.data, index);
    if (other === undefined) return [];
    return [
      {
        path: ['routes', index],
        message: `can never match: routes[${other}] comes first and takes all of it; move this one above, or give that one continue: true`,
      },
    ];
  });
}

/** What works, and is most likely not what was meant. */
export function doubts(file: File): Remark[] {
  const used = new Set(file.routes.map((route) => route.escalation));
  const targets = new Set(notifyTargets(file).map(({ target }) => target));
  const unused = (path: Path, message: string): Remark => ({ path, at: 'key', message });
  return [
    ...(file.sns.topics.length === 0
      ? [{ path: ['sns', 'topics'], message: 'no topic is listed, so no alert is accepted' }]
      : []),
    ...Object.keys(file.escalation)
      .filter((name) => !used.has(name))
      .map((name) => unused(['escalation', name], 'no route escalates by this policy')),
    ...twiceMirrored(file),
    ...Object.keys(file.schedules)
      .filter((name) => !targets.has(`schedule:${name}`))
      .map((name) => unused(['schedules', name], 'no escalation step calls this schedule')),
    ...(file.accounts.discover !== null && file.accounts.role === null
      ? [{ path: ['accounts', 'role'], message: 'is missing, so only the own account of the bot can be read' }]
      : []),
  ];
}

/** A user group shows one schedule; a topic has room for several. */
function twiceMirrored({ schedules }: File): Remark[] {
  const first = new Map<string, string>();
  return Object.entries(schedules).flatMap(([name, { mirror }]) =>
    mirror.flatMap((target) => {
      const other = first.get(target);
      first.set(target, other ?? name);
      return other === undefined || !target.startsWith('usergroup:')
        ? []
        : [
            {
              path: ['schedules', name, 'mirror'],
              message: `${target} mirrors ${quote(other)} already, and two schedules in one group take turns in it; give this one a group of its own`,
            },
          ];
    }),
  );
}

/** Texts in the file that look like a token or a key: the file is made to be shared, the environment is not. */
export const secretsIn = (yaml: Yaml): Remark[] =>
  yaml.texts
    .filter(({ text }) => looksSecret(text))
    .map(({ path }) => ({ path, message: 'looks like a secret; secrets belong in the environment, not in this file' }));
