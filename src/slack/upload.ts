import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { WebClient } from '@slack/web-api';

export interface Upload {
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
export async function uploadFiles(
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
