import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import { refusal } from '../errors.ts';
import { membersOf, type Schemas, structure } from '../schemas.ts';
import type { Protocol, WireRequest } from './protocol.ts';
import { writeXml } from './xml.ts';

/** AWS Query: a form in, XML out. Source: Smithy documentation, "AWS Query protocol". */
export const query = (schemas: Schemas, request: WireRequest): Protocol => {
  const form = formOf(request);
  return {
    dialect: 'query',
    operationOf: () => form.get('Action') ?? undefined,
    read: ({ input }) => readMembers(input, treeOf(form), 'query'),
    write: ({ name, output }, value, requestId) => {
      const result = structure(`${name}Result`, Object.fromEntries(membersOf(output)));
      const members = output.isUnitSchema() ? {} : { [`${name}Result`]: NormalizedSchema.of(result) };
      const envelope = structure(`${name}Response`, { ...members, ResponseMetadata: NormalizedSchema.of(metadata) });
      return xml(
        200,
        writeXml(
          envelope,
          { [`${name}Result`]: value, ResponseMetadata: { RequestId: requestId } },
          schemas.xmlNamespace,
        ),
      );
    },
    refuse: ({ code, message, status }, requestId) =>
      xml(
        status,
        writeXml(
          errorResponse,
          {
            Error: { Type: status >= 500 ? 'Receiver' : 'Sender', Code: code, Message: message },
            RequestId: requestId,
          },
          schemas.xmlNamespace,
        ),
      ),
  };
};

/** EC2's own Query: lists are flat, names are capitalised. Source: Smithy documentation, "AWS EC2 Query protocol". */
export const ec2Query = (schemas: Schemas, request: WireRequest): Protocol => {
  const form = formOf(request);
  return {
    dialect: 'ec2',
    operationOf: () => form.get('Action') ?? undefined,
    read: ({ input }) => readMembers(input, treeOf(form), 'ec2'),
    write: ({ name, output }, value, requestId) => {
      const envelope = structure(`${name}Response`, { requestId: 0, ...Object.fromEntries(membersOf(output)) });
      const answer = typeof value === 'object' ? { requestId, ...value } : { requestId };
      return xml(200, writeXml(envelope, answer, schemas.xmlNamespace));
    },
    refuse: ({ code, message, status }, requestId) =>
      xml(
        status,
        writeXml(ec2Response, { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId }, ''),
      ),
  };
};

const named = (name: string, members: Parameters<typeof structure>[1]) => NormalizedSchema.of(structure(name, members));
const metadata = structure('ResponseMetadata', { RequestId: 0 });
const errorResponse = structure('ErrorResponse', {
  Error: named('Error', { Type: 0, Code: 0, Message: 0 }),
  RequestId: 0,
});
const ec2Response = structure('Response', {
  Errors: named('Errors', { Error: named('Error', { Code: 0, Message: 0 }) }),
  RequestID: 0,
});

const xml = (status: number, body: string) => ({ status, headers: { 'content-type': 'text/xml' }, body });

const formOf = ({ body }: WireRequest): URLSearchParams => new URLSearchParams(new TextDecoder().decode(body));

/** `Users.member.1.Name=x` as a tree: the parts between the dots are its branches. */
interface Node {
  value: string | undefined;
  children: Map<string, Node>;
}

function treeOf(form: URLSearchParams): Node {
  const root: Node = { value: undefined, children: new Map() };
  for (const [key, value] of form) {
    let node = root;
    for (const part of key.split('.')) {
      const child = node.children.get(part) ?? { value: undefined, children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.value = value;
  }
  return root;
}

type Form = 'query' | 'ec2';

const strings = new FromStringShapeDeserializer({
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: false,
});

function readMembers(schema: NormalizedSchema, node: Node, form: Form): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, member] of membersOf(schema)) {
    const child = node.children.get(keyOf(name, member, form));
    if (child !== undefined) read[name] = readNode(member, child, form);
  }
  return read;
}

function readNode(schema: NormalizedSchema, node: Node, form: Form): unknown {
  if (schema.isStructSchema()) return readMembers(schema, node, form);
  const flat = form === 'ec2' || Boolean(schema.getMergedTraits().xmlFlattened);
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    const items = flat ? node : node.children.get(String(member.getMergedTraits().xmlName ?? 'member'));
    return numbered(items).map((item) => readNode(member, item, form));
  }
  if (schema.isMapSchema()) {
    const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
    const entries = numbered(flat ? node : node.children.get('entry')).map((entry) => {
      const held = entry.children.get(String(value.getMergedTraits().xmlName ?? 'value'));
      const name = entry.children.get(String(key.getMergedTraits().xmlName ?? 'key'))?.value ?? '';
      return [name, held === undefined ? undefined : readNode(value, held, form)];
    });
    return Object.fromEntries(entries);
  }
  const { value } = node;
  if (value === undefined) throw refusal(form, 'malformed', 'A single value was expected where there are several.');
  if (schema.isTimestampSchema() && Number.isNaN(Date.parse(value)) && Number.isNaN(Number(value)))
    throw refusal(form, 'malformed', `${value} is not a time.`);
  return strings.read(schema, value);
}

/** The branches `1`, `2`, … in their order. */
const numbered = (node: Node | undefined): Node[] =>
  [...(node?.children ?? [])]
    .filter(([key]) => /^\d+$/.test(key))
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);

function keyOf(name: string, member: NormalizedSchema, form: Form): string {
  const { xmlName, ec2QueryName } = member.getMergedTraits();
  if (form === 'query') return String(xmlName ?? name);
  if (ec2QueryName !== undefined) return String(ec2QueryName);
  const key = String(xmlName ?? name);
  return key.charAt(0).toUpperCase() + key.slice(1);
}
