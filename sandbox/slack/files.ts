import * as z from 'zod';
import { type Api, ApiError, amount, flag, jsonArg, method, refuse } from './api.ts';
import { type Content, checked, joined, threadOf } from './chat.ts';
import { bot, type State, type StoredFile } from './state.ts';
import { fileAsApi, maxAllBytes, maxFileBytes, typeOf } from './stored-files.ts';
import { codePoints } from './validate.ts';

/** Characters of a file's description. */
const maxAltText = 1000;

function uploadedFile(state: State, id: string): StoredFile {
  const file = state.files.get(id);
  if (file?.uploadedAt === undefined) throw new ApiError('file_not_found');
  return file;
}

function completeFile(state: State, id: string): StoredFile {
  const file = state.files.get(id);
  if (file === undefined || !file.complete) throw new ApiError('file_not_found');
  return file;
}

/** What stands beside the files in their message. Blocks are ignored beside an initial comment. */
function contentBeside(
  api: Api,
  { initial_comment: text, blocks }: { initial_comment?: string | undefined; blocks?: unknown },
): Content {
  if (text !== undefined) return checked(api, { text });
  return blocks === undefined ? { text: '', blocks: [], attachments: [] } : checked(api, { blocks });
}

const jsonList = jsonArg.pipe(
  z
    .array(z.strictObject({ id: z.string(), title: z.string().optional(), highlight_type: z.string().optional() }))
    .min(1),
);

export const files = {
  'files.getUploadURLExternal': method(
    ['files:write'],
    {
      filename: z.string().min(1),
      length: z.coerce.number().int().min(0),
      // The reference says alt_txt, Slack's SDK sends alt_text.
      alt_txt: z.string().optional(),
      alt_text: z.string().optional(),
      snippet_type: z.string().optional(),
    },
    ({ state, url }, args) => {
      const altText = args.alt_txt ?? args.alt_text;
      if (args.length === 0) throw new ApiError('missing_argument');
      if (altText !== undefined && codePoints(altText) > maxAltText) throw new ApiError('alt_txt_too_large');
      if (args.length > maxFileBytes) throw new ApiError('file_upload_size_restricted');
      const all = [...state.files.values()].reduce((sum, { size }) => sum + size, 0);
      if (all + args.length > maxAllBytes) throw new ApiError('storage_limit_reached');
      const id = state.nextId('F');
      state.files.set(id, {
        id,
        name: args.filename,
        title: args.filename,
        mimetype: typeOf(args.filename),
        size: args.length,
        ...(altText === undefined ? {} : { altText }),
        url: `/page/files/${id}`,
        bytes: Buffer.alloc(0),
        created: Math.floor(state.now().getTime() / 1000),
        complete: false,
        channels: [],
      });
      return { upload_url: `${url()}/upload/${id}`, file_id: id };
    },
  ),

  'files.completeUploadExternal': method(
    ['files:write'],
    {
      files: jsonList,
      channel_id: z.string().optional(),
      thread_ts: z.string().optional(),
      initial_comment: z.string().optional(),
      blocks: jsonArg.optional(),
    },
    (api, args) => {
      const { state } = api;
      const uploads = args.files.map(({ id, title }) => ({ file: uploadedFile(state, id), title }));
      if (args.thread_ts !== undefined && args.channel_id === undefined)
        refuse('invalid_arguments', [{ pointer: '/thread_ts', message: 'needs channel_id' }]);
      const channel = args.channel_id === undefined ? undefined : joined(api, args.channel_id);
      const place = channel === undefined ? undefined : { channel, ...threadOf(api, channel, args.thread_ts) };
      const said = contentBeside(api, args);
      for (const { file, title } of uploads) {
        file.complete = true;
        if (title !== undefined) file.title = title;
        if (place !== undefined && !file.channels.includes(place.channel)) file.channels.push(place.channel);
      }
      const complete = uploads.map(({ file }) => file);
      if (place !== undefined) state.add({ ...place, user: bot.userId, ...said }, complete);
      return { files: complete.map((file) => fileAsApi(api, file)) };
    },
  ),

  'files.info': method(
    ['files:read'],
    {
      file: z.string(),
      count: amount.optional(),
      page: amount.optional(),
      limit: amount.optional(),
      cursor: z.string().optional(),
      include_locale: flag.optional(),
    },
    (api, args) => ({
      file: fileAsApi(api, completeFile(api.state, args.file)),
      comments: [],
    }),
  ),
};
