import { describe, expect, test } from 'vitest';
import { Keys } from '../../../sandbox/aws/keys.ts';
import { Model, readModel } from '../../../sandbox/aws/models/model.ts';
import { readSchemas } from '../../../sandbox/aws/schemas.ts';
import { services } from '../../../sandbox/aws/services/index.ts';
import { compile } from '../../../sandbox/aws/validate.ts';
import { createSns } from '../../../sandbox/sns/index.ts';
import { dataFiles, dataJson, hasData } from '../../data.ts';

const all = services({ keys: new Keys(), roles: () => undefined, topics: createSns({ now: () => new Date() }) });
/** Models of botocore, where the data is; not every service has all its operations there. */
const published = new Map(
  dataFiles('aws-models').map((path) => [path.split(/[/.]/).at(-2) ?? '', Model.parse(dataJson(path))]),
);

describe.each(all)('$signingName', (service) => {
  const model = readModel(service.signingName);

  test('has a model for each operation, and each is one of the SDK', async () => {
    const schemas = await readSchemas(service);
    for (const name of Object.keys(service.operations)) {
      expect(model?.operations, name).toHaveProperty(name);
      const http = model?.operations[name]?.http;
      const operation = schemas.operation(name);
      expect(operation, name).toBeDefined();
      // Two descriptions of one API, made by two roads: they must agree on the way in.
      if (operation?.http && http)
        expect([name, http.method, labelless(http.requestUri)]).toEqual([
          name,
          operation.http.method,
          labelless(withBucket(service.signingName, operation.http.uri, http.requestUri)),
        ]);
    }
  });

  test('has no pattern that cannot be read', () => {
    for (const { pattern } of Object.values(model?.shapes ?? {})) if (pattern !== undefined) compile(pattern);
  });

  const whole = published.get(service.signingName.replaceAll('-', ''));
  const covered = whole !== undefined && Object.keys(service.operations).every((name) => name in whole.operations);
  if (!covered && hasData('aws-models')) return;
  test.skipIf(!covered)('is a true cut of the published model', () => {
    for (const [name, operation] of Object.entries(model?.operations ?? {})) {
      expect({ name, ...operation }).toEqual({ name, ...whole?.operations[name] });
      for (const reference of [operation.input, operation.output])
        if (reference !== undefined)
          expect(reach(model, reference.shape), name).toEqual(withoutUntrue(reach(whole, reference.shape)));
    }
  });
});

/** Labels are named otherwise in the two, and S3's bucket is in the path of one only. */
const labelless = (uri: string): string => uri.replace(/\{\w+\}/g, '{}').replace(/[?&]x-id=\w+/, '');
const withBucket = (signingName: string, uri: string, other: string): string =>
  signingName === 's3' && other.startsWith('/{Bucket}')
    ? `/{Bucket}${uri === '/' ? '' : uri.replace(/^\/(?=\?|$)/, '')}`
    : uri;

/** The shapes that a shape is made of, by name. */
function reach(model: Model | undefined, from: string): Model['shapes'] {
  const reached: Record<string, Model['shapes'][string]> = {};
  const visit = (name: string): void => {
    const shape = model?.shapes[name];
    if (shape === undefined || name in reached) return;
    reached[name] = shape;
    for (const next of [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value])
      if (next !== undefined) visit(next.shape);
  };
  visit(from);
  return reached;
}

/** The one pattern that AWS's own answers break is left out of the cut (models/make.ts). */
const withoutUntrue = (shapes: Model['shapes']): Model['shapes'] =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, { pattern, ...shape }]) => [
      name,
      pattern === undefined || name === 'UrlLink' ? shape : { ...shape, pattern },
    ]),
  );
