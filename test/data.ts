import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Real payloads, in the folder `shared/data` beside the repository. Not every machine has it. */
const root = join(import.meta.dirname, '..', '..', 'shared', 'data');

export const hasData = existsSync(root);

/** A file's text, by its path under the data folder. */
export const dataFile = (path: string): string => readFileSync(join(root, path), 'utf8');

export const dataJson = (path: string): unknown => JSON.parse(dataFile(path));

/** The paths of all files of one folder, sorted, relative to the data folder; none when the data is absent. */
export const dataFiles = (folder: string): string[] =>
  hasData
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .sort()
    : [];
