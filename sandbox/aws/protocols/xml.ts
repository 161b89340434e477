import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import type { Schema } from '@smithy/types';

/** A structure as XML, its name the root element. */
export function writeXml(schema: Schema, value: unknown, xmlNamespace: string): string {
  const serializer = new XmlShapeSerializer({
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: false,
    xmlNamespace,
    serviceNamespace: '',
  });
  serializer.write(schema, value);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${serializer.flush()}`;
}
