import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readEnvironment } from '../../src/config/environment.ts';
import { createMetrics } from '../../src/metrics.ts';

const deploy = join(import.meta.dirname, '..', '..', 'deploy');
const read = (file: string): string => readFileSync(join(deploy, file), 'utf8');

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const Dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});

/** What each expression asks for: the dashboard's panels, and the rules. */
const expressions = [
  ...Rules.parse(parse(read('monitoring/rules.yaml'))).groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr }) => [alert, expr] as const),
  ),
  ...Dashboard.parse(JSON.parse(read('monitoring/dashboard.json'))).panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [title, expr] as const),
  ),
];

describe('what is watched', () => {
  const { registry } = createMetrics();
  const own = registry.getMetricsAsArray().map(({ name }) => name);

  test.each(expressions)('%s asks for numbers that there are', (_, expr) => {
    const asked = [...expr.matchAll(/\b(?:trailwatch|nodejs|process)_\w+/g)].map(([name]) => name);
    for (const name of asked) expect(own).toContain(name.replace(/_bucket$/, ''));
    expect(asked.length + (expr.includes('up{') ? 1 : 0)).toBeGreaterThan(0);
  });

  test('every number of the bot itself is on the dashboard', () => {
    const shown = read('monitoring/dashboard.json');
    for (const name of own.filter((each) => each.startsWith('trailwatch_'))) expect(shown).toContain(name);
  });
});

test('what runs the bot sets variables that it knows, and gives each secret by a file', () => {
  const documents = parseAllDocuments(read('run/kubernetes.yaml')).map((each) => JSON.stringify(each.toJSON()));
  expect(documents.map((each) => JSON.parse(each).kind)).toEqual([
    'ServiceAccount',
    'Deployment',
    'Service',
    'PodDisruptionBudget',
    'Ingress',
  ]);
  const unit = read('run/trailwatch.service');
  const names = new Set(
    [...documents.join().matchAll(/"name":"([A-Z][A-Z_]+)"/g), ...unit.matchAll(/[ =]([A-Z][A-Z_]+)=/g)].map(
      ([, name]) => name,
    ),
  );
  names.delete('NODE_ENV');
  expect(names.size).toBeGreaterThan(7);
  for (const name of names) {
    if (name === undefined) continue;
    // A variable that it knows cannot have any value; TRAILWATCH_CONFIG and DATA_DIR are paths.
    if (!/^(?:TRAILWATCH_CONFIG|DATA_DIR)$/.test(name))
      expect([name, 'problems' in readEnvironment({ [name]: 'no/such' }, [])]).toEqual([name, true]);
    expect(name).not.toMatch(/(?:TOKEN|SECRET|KEY|_URL)$/);
  }
});

test('the task on Fargate writes where the image has a volume, or it would be refused as one that is not root', () => {
  const Writes = z.object({ ContainerPath: z.string(), ReadOnly: z.boolean().optional() });
  const Task = z.object({
    Resources: z.object({
      TaskDefinition: z.object({
        Properties: z.object({ ContainerDefinitions: z.array(z.object({ MountPoints: z.array(Writes) })) }),
      }),
    }),
  });
  const intrinsics = ['!Ref', '!GetAtt', '!Sub'].map((tag) => ({ tag, resolve: (text: string) => text }));
  const task = Task.parse(parse(read('run/ecs.yaml'), { customTags: intrinsics })).Resources.TaskDefinition;
  const written = task.Properties.ContainerDefinitions.flatMap(({ MountPoints }) => MountPoints)
    .filter(({ ReadOnly }) => ReadOnly !== true)
    .map(({ ContainerPath }) => ContainerPath);
  const [, volumes = ''] = /^VOLUME (.+)$/m.exec(readFileSync(join(deploy, '..', 'Dockerfile'), 'utf8')) ?? [];
  expect(written).toEqual(expect.arrayContaining(['/config', '/data', '/tmp']));
  for (const path of written) expect(volumes.split(' ')).toContain(path);
});
