import type { Answer, Api } from './api.ts';
import { eachBlock, elementsOf } from './blocks.ts';
import { isObject, objects } from './json.ts';
import { bot, type State, type StoredFile } from './state.ts';
import type { Problem } from './validate.ts';

/** Files of the workspace: how their bytes come in and go out, and what answers and blocks say of them. */

/** Bytes. Everything lies in memory. */
export const maxFileBytes = 20 * 1024 * 1024;
export const maxAllBytes = 200 * 1024 * 1024;

const types: Record<string, string> = {
  csv: 'text/csv',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain',
  webp: 'image/webp',
};

const extension = (name: string): string => (name.includes('.') ? (name.split('.').at(-1)?.toLowerCase() ?? '') : '');

export const typeOf = (name: string): string => types[extension(name)] ?? 'application/octet-stream';

/** Bytes that are posted to an upload address. Returns the HTTP status. */
export function receiveBytes(state: State, id: string, bytes: Buffer): number {
  const file = state.files.get(id);
  if (file === undefined || file.uploadedAt !== undefined) return 404;
  if (bytes.length !== file.size) return 400;
  file.bytes = bytes;
  file.uploadedAt = state.now().getTime();
  return 200;
}

/** The bytes of an upload: the body itself, or the first file of a form. */
export async function uploadedBytes(contentType: string, body: Buffer): Promise<Buffer> {
  if (!contentType.startsWith('multipart/form-data')) return body;
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  for (const part of form.values()) if (typeof part !== 'string') return Buffer.from(await part.arrayBuffer());
  return Buffer.alloc(0);
}

/** Types that a browser only shows. Everything else is downloaded, so that no file can act in the page's name. */
const shownInPlace = /^(?:image\/(?:png|jpeg|gif|webp)|application\/pdf)$/;

export const downloadHeaders = (file: StoredFile): Record<string, string> => ({
  'content-type': file.mimetype,
  'content-disposition': `${shownInPlace.test(file.mimetype) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
});

/** A file as messages tell it. */
export function fileInMessage({ state, url }: Pick<Api, 'state' | 'url'>, file: StoredFile): Answer {
  const address = `${url()}${file.url}`;
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.title,
    mimetype: state.mimetype(file),
    filetype: extension(file.name) || 'text',
    user: bot.userId,
    mode: 'hosted',
    editable: false,
    size: file.size,
    is_external: false,
    is_public: file.channels.some((id) => state.channel(id)?.kind === 'channel'),
    ...(file.altText === undefined ? {} : { alt_txt: file.altText }),
    url_private: address,
    url_private_download: address,
    permalink: address,
  };
}

/** A file by itself, with the conversations in which it was shared. */
export const fileAsApi = (api: Pick<Api, 'state' | 'url'>, file: StoredFile): Answer => ({
  ...fileInMessage(api, file),
  channels: file.channels.filter((id) => api.state.channel(id)?.kind === 'channel'),
  ims: file.channels.filter((id) => api.state.channel(id)?.kind === 'dm'),
});

/** Pictures by file must be files of this workspace that Slack has looked at already. */
export function fileProblems({ state, url }: Pick<Api, 'state' | 'url'>, blocks: unknown, pointer: string): Problem[] {
  return eachBlock(blocks, pointer).flatMap(({ block, pointer: place }) =>
    [block, ...elementsOf(block), ...objects(block.elements)].flatMap((holder) => {
      if (!isObject(holder.slack_file)) return [];
      const named = holder.slack_file;
      const file = [...state.files.values()].find((one) => one.id === named.id || `${url()}${one.url}` === named.url);
      return file?.complete && state.mimetype(file) !== ''
        ? []
        : [{ pointer: `${place}/slack_file`, message: 'invalid slack file' }];
    }),
  );
}
