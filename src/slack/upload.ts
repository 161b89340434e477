import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { WebClient } from '@slack/web-api';
import { directChannel } from './people.ts';

interface Upload {
  /** Of the file on this machine's disk. */
  path: string;
  name: string;
  title: string;
}

/** Long enough for some hundred MB. */
const uploadTimeoutMs = 10 * 60_000;

/**
 * Sends files from the disk into a conversation, in one message. They are streamed: the client's own filesUploadV2
 * holds each whole in memory. Throws what the Web API client throws, and an Error where Slack does not take the bytes.
 * Source: docs.slack.dev, "Working with files", "Uploading files".
 */
async function uploadFiles(
  slack: WebClient,
  to: { channel: string },
  uploads: readonly Upload[],
  comment: string,
): Promise<void> {
  const files: { id: string; title: string }[] = [];
  for (const { path, name, title } of uploads) {
    const { size } = await stat(path);
    const { upload_url, file_id } = await slack.files.getUploadURLExternal({ filename: name, length: size });
    if (upload_url === undefined || file_id === undefined) throw new Error('Slack gave no address for the upload.');
    const response = await fetch(upload_url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      body: Readable.toWeb(createReadStream(path)),
      duplex: 'half',
      signal: AbortSignal.timeout(uploadTimeoutMs),
    });
    if (!response.ok) throw new Error(`Slack did not take the file ${name} (HTTP ${response.status}).`);
    files.push({ id: file_id, title });
  }
  const [first, ...rest] = files;
  if (first === undefined) return;
  await slack.files.completeUploadExternal({
    channel_id: to.channel,
    files: [first, ...rest],
    initial_comment: comment,
  });
}

/** A file that is made to be sent. Content that comes in pieces is streamed. */
export interface FileToSend {
  name: string;
  title: string;
  content: string | Uint8Array | AsyncIterable<string>;
}

/**
 * Sends files to a person directly, in one message. They are on the disk for as long as that takes, in a folder that nobody
 * else may read. Throws what `uploadFiles` does, and what the content throws.
 */
export async function sendFilesTo(
  slack: WebClient,
  user: string,
  files: readonly FileToSend[],
  comment: string,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trailwatch-'));
  try {
    const uploads: Upload[] = [];
    for (const { name, title, content } of files) {
      const path = join(folder, name);
      await writeFile(path, content, { mode: 0o600 });
      uploads.push({ path, name, title });
    }
    await uploadFiles(slack, { channel: await directChannel(slack, user) }, uploads, comment);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
