import type {
  CreateDocumentRequest,
  CreateDocumentResult,
  DescribeInstanceInformationRequest,
  DescribeInstanceInformationResult,
  DescribeSessionsRequest,
  DescribeSessionsResponse,
  DocumentIdentifier,
  GetDocumentRequest,
  GetDocumentResult,
  ListDocumentsRequest,
  ListDocumentsResult,
  Session,
  SessionFilter,
  UpdateDocumentDefaultVersionRequest,
  UpdateDocumentDefaultVersionResult,
  UpdateDocumentRequest,
  UpdateDocumentResult,
} from '@aws-sdk/client-ssm';
import { type NodeSession, type SessionDocument, sessionManagerIn } from '../../organization/session-manager.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';

const invalidToken = new AwsError('InvalidNextToken', 'The specified token is not valid.');

/**
 * Systems Manager as far as sessions go: managed nodes, sessions, and the documents that say how they are logged.
 * Sources: Systems Manager API reference; its user guide, "Session document schema".
 */
export const ssm: Service = {
  signingName: 'ssm',
  sdk: () => import('@aws-sdk/client-ssm'),
  operations: {
    DescribeInstanceInformation: (
      call: Call<DescribeInstanceInformationRequest>,
    ): DescribeInstanceInformationResult => {
      const { items, next } = listed(call, hereIn(call).nodes, call.input.MaxResults ?? 10);
      return {
        InstanceInformationList: items.map(({ id, name }) => ({
          InstanceId: id,
          PingStatus: 'Online',
          LastPingDateTime: call.now,
          AgentVersion: '3.3.3050.0',
          PlatformType: 'Linux',
          PlatformName: 'Amazon Linux',
          ResourceType: 'EC2Instance',
          ComputerName: `${name}.example.internal`,
        })),
        NextToken: next,
      };
    },

    /** Active sessions and those of the last 30 days, the newest first. */
    DescribeSessions: (call: Call<DescribeSessionsRequest>): DescribeSessionsResponse => {
      const { State, Filters = [], MaxResults = 200 } = call.input;
      const since = call.now.getTime() - 30 * 86_400_000;
      const meant = hereIn(call)
        .sessions.filter(({ ended, started }) =>
          State === 'Active' ? ended === null : ended !== null && started.getTime() >= since,
        )
        .filter((session) => Filters.every((filter) => matches(session, filter)))
        .toSorted((a, b) => b.started.getTime() - a.started.getTime());
      const { items, next } = listed(call, meant, MaxResults);
      return { Sessions: items.map(describeSession), NextToken: next };
    },

    GetDocument: (call: Call<GetDocumentRequest>): GetDocumentResult => {
      const { Name = '', DocumentVersion = '$DEFAULT', DocumentFormat = 'JSON' } = call.input;
      if (DocumentFormat !== 'JSON')
        throw new AwsError('InvalidDocument', 'The sandbox shows documents as JSON alone.');
      const document = findDocument(call, Name);
      const number =
        DocumentVersion === '$DEFAULT'
          ? document.defaultVersion
          : DocumentVersion === '$LATEST'
            ? document.versions.length
            : Number(DocumentVersion);
      const version = document.versions[number - 1];
      if (version === undefined)
        throw new AwsError('InvalidDocumentVersion', 'The document version is not valid or does not exist.');
      return {
        Name: document.name,
        CreatedDate: version.created,
        DocumentVersion: String(number),
        Status: 'Active',
        Content: version.content,
        DocumentType: 'Session',
        DocumentFormat: 'JSON',
      };
    },

    /** Documents of the account alone: those of AWS stand in no list that filters by the owner. */
    ListDocuments: (call: Call<ListDocumentsRequest>): ListDocumentsResult => {
      const filters = call.input.Filters ?? [];
      const unknown = filters.find(({ Key }) => Key !== 'DocumentType' && Key !== 'Owner');
      if (unknown !== undefined) throw new AwsError('InvalidFilterKey', `The filter ${unknown.Key} is not valid.`);
      const { items, next } = listed(call, hereIn(call).documents, call.input.MaxResults ?? 10);
      return {
        DocumentIdentifiers: items.map(
          ({ name, defaultVersion }): DocumentIdentifier => ({
            Name: name,
            Owner: call.account,
            DocumentVersion: String(defaultVersion),
            DocumentType: 'Session',
            SchemaVersion: '1.0',
            DocumentFormat: 'JSON',
          }),
        ),
        NextToken: next,
      };
    },

    CreateDocument: (call: Call<CreateDocumentRequest>): CreateDocumentResult => {
      const { Name: name = '', Content: content = '', DocumentType } = call.input;
      const { all, documents } = hereIn(call);
      if (documents.some((one) => one.name === name))
        throw new AwsError('DocumentAlreadyExists', 'The specified document already exists.');
      if (DocumentType !== 'Session')
        throw new AwsError('InvalidDocumentContent', 'The sandbox keeps documents of sessions alone.');
      requireContent(content);
      const { account, region, now: created } = call;
      all.documents.push({ account, region, name, versions: [{ content, created }], defaultVersion: 1 });
      return { DocumentDescription: { Name: name, DocumentVersion: '1', DefaultVersion: '1', Status: 'Active' } };
    },

    /** Makes a version; the default one stays. Source: Systems Manager API reference, UpdateDocument. */
    UpdateDocument: (call: Call<UpdateDocumentRequest>): UpdateDocumentResult => {
      const { Name = '', Content: content = '', DocumentVersion = '$LATEST' } = call.input;
      const document = findDocument(call, Name);
      if (DocumentVersion !== '$LATEST' && DocumentVersion !== String(document.versions.length))
        throw new AwsError('InvalidDocumentVersion', 'The document version is not the newest.');
      requireContent(content);
      if (document.versions.some((version) => version.content === content))
        throw new AwsError('DuplicateDocumentContent', 'The content of the document equals that of another version.');
      document.versions.push({ content, created: call.now });
      return { DocumentDescription: { Name, DocumentVersion: String(document.versions.length), Status: 'Updating' } };
    },

    UpdateDocumentDefaultVersion: (
      call: Call<UpdateDocumentDefaultVersionRequest>,
    ): UpdateDocumentDefaultVersionResult => {
      const { Name = '', DocumentVersion = '' } = call.input;
      const document = findDocument(call, Name);
      if (document.versions[Number(DocumentVersion) - 1] === undefined)
        throw new AwsError('InvalidDocumentVersion', 'The document version is not valid or does not exist.');
      document.defaultVersion = Number(DocumentVersion);
      return { Description: { Name, DefaultVersion: DocumentVersion } };
    },
  },
};

const hereIn = ({ organization, account, region }: Call<unknown>) =>
  sessionManagerIn(organization, { account, region });

function findDocument(call: Call<unknown>, name: string): SessionDocument {
  const document = hereIn(call).documents.find((one) => one.name === name);
  if (document === undefined) throw new AwsError('InvalidDocument', `Document with name ${name} does not exist.`);
  return document;
}

function requireContent(content: string): void {
  try {
    JSON.parse(content);
  } catch {
    throw new AwsError('InvalidDocumentContent', 'The content for the document is not valid.');
  }
}

function matches({ started, target, owner, id }: NodeSession, { key, value = '' }: SessionFilter): boolean {
  switch (key) {
    case 'InvokedAfter':
      return started > new Date(value);
    case 'InvokedBefore':
      return started < new Date(value);
    case 'Target':
      return target === value;
    case 'Owner':
      return owner === value;
    case 'SessionId':
      return id === value;
    default:
      throw new AwsError('InvalidFilterKey', `The filter ${key} is not known here.`);
  }
}

const describeSession = ({ id, target, owner, document, reason, started, ended }: NodeSession): Session => ({
  SessionId: id,
  Target: target,
  Status: ended === null ? 'Connected' : 'Terminated',
  StartDate: started,
  ...(ended !== null && { EndDate: ended }),
  DocumentName: document,
  Owner: owner,
  ...(reason !== '' && { Reason: reason }),
  AccessType: 'Standard',
});

function listed<T>(
  { input }: Call<{ NextToken?: string | undefined; MaxResults?: number | undefined }>,
  all: readonly T[],
  size: number,
): { items: T[]; next: string | undefined } {
  const { NextToken: token, ...request } = input;
  return pageOf(all, { token, size, request, refusal: invalidToken });
}
