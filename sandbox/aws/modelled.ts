import type { $Schema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import { readModel } from './models/model.ts';

const simple: Readonly<Record<string, $Schema>> = { string: 0, integer: 1, long: 1, double: 1, float: 1, boolean: 2 };

/**
 * What an SDK package would say of the wire of a service, made from the service's API model: for services whose package
 * lacks operations. Only services that speak JSON and whose operations have everything in the body.
 */
export function modelled(signingName: string, protocol = 'aws.protocols#restJson1'): object {
  const namespace = `sandbox.${signingName}`;
  const model = readModel(signingName);
  const made = new Map<string, $Schema>();
  const schemaOf = (name: string): $Schema => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const shape = model?.shapes[name];
    if (shape === undefined) throw new Error(`The model of ${signingName} has no shape ${name}.`);
    if (shape.document === true) return 15;
    const plain = simple[shape.type];
    if (plain !== undefined) return plain;
    if (shape.type === 'list') {
      const list: $Schema = [1, namespace, name, 0, schemaOf(shape.member?.shape ?? '')];
      made.set(name, list);
      return list;
    }
    if (shape.type !== 'structure') throw new Error(`The sandbox makes no schema of ${name}, a ${shape.type}.`);
    return structureOf(name);
  };
  const structureOf = (name: string): StaticStructureSchema => {
    const members = Object.entries(model?.shapes[name]?.members ?? {});
    return [
      3,
      namespace,
      name,
      0,
      members.map(([member]) => member),
      members.map(
        ([, { shape }]) =>
          () =>
            schemaOf(shape),
      ),
    ];
  };
  const operations = Object.entries(model?.operations ?? {}).map(
    ([name, { http, input, output }]): [string, StaticOperationSchema] => [
      `${name}$`,
      [
        9,
        namespace,
        name,
        { http: [http.method, http.requestUri, 200] },
        structureOf(input?.shape ?? ''),
        structureOf(output?.shape ?? ''),
      ],
    ],
  );
  class ModelledClient {
    readonly config = { protocol: { getShapeId: () => protocol }, protocolSettings: {} };
  }
  return { ModelledClient, ...Object.fromEntries(operations) };
}
