import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createSns } from '../../sns/index.ts';
import { Keys } from '../keys.ts';
import { services } from '../services/index.ts';
import { Model, modelFile, readModel } from './model.ts';

/**
 * Cuts botocore's API models down to the operations that the sandbox answers and writes them beside this file:
 *
 *     node sandbox/aws/models/make.ts FOLDER… && npx biome format --write sandbox/aws/models
 *
 * A folder holds models as `iam.json`, or as botocore lays them out (`iam/2010-05-08/service-2.json`); the first that has
 * the operation is taken, so name the newest first. What no folder has is kept as it is. botocore 1.43.11
 * (`pip install botocore==1.43.11`) has all of it but CloudWatch's log alarms, which are of a later one.
 */
const folders = process.argv.slice(2);

/** Folders of botocore that are not named as the service signs. */
const folderNames: Readonly<Record<string, string>> = {
  'access-analyzer': 'accessanalyzer',
  monitoring: 'cloudwatch',
  's3-control': 's3control',
};

/**
 * Patterns and words that AWS's own answers break: a presigned address has a query, and its host has digits; Config writes
 * `SUCCESS` where its model says `Success`.
 */
const untrue: Readonly<Record<string, readonly string[]>> = {
  auditmanager: ['UrlLink'],
  config: ['RecorderStatus', 'DeliveryStatus'],
};

function sources(signingName: string): Model[] {
  const name = folderNames[signingName] ?? signingName;
  return folders
    .flatMap((folder) => {
      const flat = join(folder, `${name}.json`);
      if (existsSync(flat)) return [flat];
      const versions = existsSync(join(folder, name)) ? readdirSync(join(folder, name)).toSorted() : [];
      return versions
        .slice(-1)
        .flatMap((version) => ['service-2.json', 'service-2.json.gz'].map((file) => join(folder, name, version, file)))
        .filter(existsSync);
    })
    .map((file) => {
      const bytes = readFileSync(file);
      return Model.parse(JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()));
    });
}

/** Operations, each of the first model that has it, with the shapes that they reach. */
function reach(models: readonly Model[], names: readonly string[]): Model {
  const reached: {
    operations: Record<string, Model['operations'][string]>;
    shapes: Record<string, Model['shapes'][string]>;
  } = {
    operations: {},
    shapes: {},
  };
  const visit = (name: string, shapes: Model['shapes']): void => {
    const shape = shapes[name];
    if (shape === undefined || name in reached.shapes) return;
    reached.shapes[name] = shape;
    for (const { shape: next } of [
      ...Object.values(shape.members ?? {}),
      ...[shape.member, shape.key, shape.value].filter((one) => one !== undefined),
    ])
      visit(next, shapes);
  };
  for (const name of names) {
    const { operations, shapes } = models.find((model) => name in model.operations) ?? reached;
    const operation = operations[name];
    if (operation === undefined) continue;
    for (const one of [operation.input, operation.output, ...(operation.errors ?? [])])
      if (one) visit(one.shape, shapes);
    reached.operations[name] = operation;
  }
  return reached;
}

for (const { signingName, operations } of services({
  keys: new Keys(),
  roles: () => undefined,
  topics: createSns({ now: () => new Date() }),
})) {
  const names = Object.keys(operations).toSorted();
  const old = readModel(signingName);
  const { operations: kept, shapes } = reach([...sources(signingName), ...(old === undefined ? [] : [old])], names);
  const missing = names.filter((name) => !(name in kept));
  if (missing.length > 0) {
    process.stderr.write(`No model of ${signingName} has ${missing.join(', ')}.\n`);
    process.exitCode = 1;
    continue;
  }
  const sorted = Object.fromEntries(
    Object.entries(shapes)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { pattern, enum: words, ...shape }]) => [
        name,
        untrue[signingName]?.includes(name) ? shape : { ...shape, enum: words, pattern },
      ]),
  );
  writeFileSync(modelFile(signingName), `${JSON.stringify({ operations: kept, shapes: sorted })}\n`);
}
