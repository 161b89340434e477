import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Real payloads: the small corpora come with the code, the large ones are in `shared/data` beside the repository. */
const own = join(import.meta.dirname, 'data');
const beside = join(import.meta.dirname, '..', '..', 'shared', 'data');

const rootOf = (path: string): string => (existsSync(join(own, path)) ? own : beside);

/** Whether a folder of the large corpora is here: not every machine has them. */
export const hasData = (folder: string): boolean => existsSync(join(rootOf(folder), folder));

/** A file's text, by its path under the data folder. */
export const dataFile = (path: string): string => readFileSync(join(rootOf(path), path), 'utf8');

export const dataJson = (path: string): unknown => JSON.parse(dataFile(path));

/** The paths of all files of one folder, sorted, relative to the data folder; none when the data is absent. */
export const dataFiles = (folder: string): string[] => {
  const root = rootOf(folder);
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
};
