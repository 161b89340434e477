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
 * the operation is taken. What no folder has is kept as it is.
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

/** The shapes that the operations reach. */
function reach({ operations, shapes }: Model, names: readonly string[]): Model {
  const reached: Record<string, Model['shapes'][string]> = {};
  const visit = (name: string): void => {
    const shape = shapes[name];
    if (shape === undefined || name in reached) return;
    reached[name] = shape;
    for (const { shape: next } of [
      ...Object.values(shape.members ?? {}),
      ...[shape.member, shape.key, shape.value].filter((one) => one !== undefined),
    ])
      visit(next);
  };
  const kept = Object.fromEntries(
    names.flatMap((name) => {
      const operation = operations[name];
      if (operation === undefined) return [];
      for (const one of [operation.input, operation.output, ...(operation.errors ?? [])]) if (one) visit(one.shape);
      return [[name, operation]];
    }),
  );
  return { operations: kept, shapes: reached };
}

for (const { signingName, operations } of services({
  keys: new Keys(),
  roles: () => undefined,
  topics: createSns({ now: () => new Date() }),
})) {
  const names = Object.keys(operations);
  const source = [...sources(signingName), ...[readModel(signingName)].filter((model) => model !== undefined)].find(
    (model) => names.every((name) => name in model.operations),
  );
  if (source === undefined) {
    process.stderr.write(`No model has all of ${signingName}: ${names.join(', ')}\n`);
    process.exitCode = 1;
    continue;
  }
  const { operations: kept, shapes } = reach(source, names.toSorted());
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
