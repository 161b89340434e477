import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../store/canonical-json.ts';

export const manifestName = 'manifest.json';

/** Relative, with `/`, and never out of the folder: a manifest may come from anywhere. */
const FileName = z
  .string()
  .min(1)
  .refine(
    (name) => !/^\/|\\|\0/.test(name) && name.split('/').every((part) => !['', '.', '..'].includes(part)),
    'is no name of a file within the folder',
  );

export const FileEntry = z.object({
  name: FileName,
  bytes: z.int().nonnegative(),
  /** 64 hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** ISO 8601, UTC: when the file was written. */
  writtenAt: z.iso.datetime(),
});

export type FileEntry = z.infer<typeof FileEntry>;

/** What `manifest.json` says: which files belong together, and how each of them looked when it was written. */
export const Manifest = z.object({
  format: z.literal('trailwatch-manifest-1'),
  title: z.string(),
  organization: z.string(),
  /** The run and its edition, by which the audit log knows the hash of this file. Absent in older ones. */
  run: z.int().optional(),
  edition: z.int().optional(),
  /** When the run was asked for. */
  askedAt: z.iso.datetime().optional(),
  /** What was counted over a time; null: the files tell how things were when they were asked. */
  period: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).nullable(),
  /** When the files were made. */
  createdAt: z.iso.datetime(),
  /** The programs that made the files, by name. */
  versions: z.record(z.string(), z.string()),
  files: z
    .array(FileEntry)
    .min(1, 'names no file, so it vouches for nothing')
    .refine((files) => new Set(files.map(({ name }) => name)).size === files.length, {
      error: 'names a file twice',
    }),
});

export type Manifest = z.infer<typeof Manifest>;

/** Every file below a folder but the manifest itself, by name; hashed as a stream. */
export async function describeFiles(folder: string): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const { name, regular } of await filesBelow(folder)) {
    if (name === manifestName) continue;
    if (!regular) throw new Error(`${name} is no plain file: links and the like cannot be vouched for.`);
    const path = join(folder, name);
    const { size, mtime } = await stat(path);
    entries.push({ name, bytes: size, sha256: await sha256OfFile(path), writtenAt: mtime.toISOString() });
  }
  return entries;
}

/**
 * Writes the manifest of all files below a folder, as canonical JSON with a line break.
 * @returns the SHA-256 of the manifest itself, which vouches for all: to be noted elsewhere
 */
export async function writeManifest(
  folder: string,
  about: Omit<Manifest, 'format' | 'files'>,
): Promise<{ sha256: string; files: readonly FileEntry[] }> {
  const files = await describeFiles(folder);
  const text = `${canonicalJson(Manifest.parse({ format: 'trailwatch-manifest-1', ...about, files }))}\n`;
  await writeFile(join(folder, manifestName), text);
  return { sha256: createHash('sha256').update(text).digest('hex'), files };
}

/** Names of all that lies below a folder, with `/`, sorted by code units; `regular` is false for links, sockets and the like. */
export async function filesBelow(folder: string): Promise<{ name: string; regular: boolean }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => ({
      name: relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'),
      regular: entry.isFile(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Folders below a folder that hold nothing, with `/` at the end: no manifest names them. */
export async function emptyFoldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const full = new Set(entries.map(({ parentPath }) => parentPath));
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !full.has(path))
    .map((path) => `${relative(folder, path).split(sep).join('/')}/`)
    .sort();
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
