import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../store/canonical-json.ts';
import { About, aboutName } from './about.ts';
import { checkJws, signatureName } from './jws.ts';
import { emptyFoldersBelow, filesBelow, Manifest, manifestName, sha256OfFile } from './manifest.ts';

export interface FolderVerification {
  ok: boolean;
  /** How many files the manifest names. */
  files: number;
  /** Names of files that differ from the manifest in size or content. */
  changed: readonly string[];
  missing: readonly string[];
  /** Names of what the manifest does not know. */
  extra: readonly string[];
  /** Of which run the files are, as the manifest says; null: one of an older version. */
  run: number | null;
  edition: number | null;
  /** SHA-256 of the manifest itself: who changed both it and a file is found only by this. */
  manifestSha256: string;
}

/**
 * Checks a folder of report files against its manifest.
 * @throws Error with a sentence for people when there is no manifest, or one that cannot be read
 */
export async function verifyFolder(folder: string): Promise<FolderVerification> {
  const bytes = await readFile(join(folder, manifestName)).catch((cause: unknown) => {
    throw new Error(`There is no readable ${manifestName} in ${folder}: name the folder that holds a report's files.`, {
      cause,
    });
  });
  const manifest = parseManifest(bytes.toString('utf8'));
  const found = (await filesBelow(folder)).filter(({ name }) => name !== manifestName && name !== signatureName);
  const regular = new Set(found.filter((file) => file.regular).map(({ name }) => name));
  const named = new Set(manifest.files.map(({ name }) => name));
  const changed: string[] = [];
  const missing: string[] = [];
  for (const { name, bytes: size, sha256 } of manifest.files) {
    const path = join(folder, name);
    if (!regular.has(name)) missing.push(name);
    else if ((await stat(path)).size !== size || (await sha256OfFile(path)) !== sha256) changed.push(name);
  }
  const extra = [
    ...found.filter((file) => !(file.regular && named.has(file.name))).map(({ name }) => name),
    ...(await emptyFoldersBelow(folder)).filter((name) => !named.has(name.slice(0, -1))),
  ];
  return {
    ok: changed.length + missing.length + extra.length === 0,
    files: manifest.files.length,
    run: manifest.run ?? null,
    edition: manifest.edition ?? null,
    changed,
    missing,
    extra,
    manifestSha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** What the signature beside a manifest is worth. */
export interface SignatureVerification {
  ok: boolean;
  /** ARN of the key that it names. */
  key: string;
  /** Whether the public key came with the files: whoever writes all of them anew brings their own. */
  own: boolean;
}

/**
 * Checks the signature of a folder's manifest, with a public key (PEM) or, without, with the one in its own `about.json`.
 * Undefined: there is none, and no key was given.
 * @throws Error with a sentence when there is a key and no signature, or a signature and no key
 */
export async function verifySignature(
  folder: string,
  given: string | undefined,
): Promise<SignatureVerification | undefined> {
  const jws = await readFile(join(folder, signatureName), 'utf8').catch(() => undefined);
  if (jws === undefined) {
    if (given === undefined) return undefined;
    throw new Error(
      `There is no ${signatureName} in ${folder}: without it there is nothing to check with a public key.`,
    );
  }
  const publicKey = given ?? (await ownKey(folder));
  if (publicKey === null)
    throw new Error(`${aboutName} names no key that signed the manifest: give its public key with --public-key.`);
  const manifest = await readFile(join(folder, manifestName));
  const checked = checkJws(jws, manifest, publicKey);
  if (checked === null) throw new Error(`${signatureName} is no detached JWS of ES256 or RS256.`);
  return { ...checked, own: given === undefined };
}

async function ownKey(folder: string): Promise<string | null> {
  const about = About.safeParse(JSON.parse(await readFile(join(folder, aboutName), 'utf8').catch(() => 'null')));
  return about.data?.signing?.publicKey ?? null;
}

function parseManifest(text: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${manifestName} is no JSON: it was changed or cut off.`);
  }
  const read = Manifest.safeParse(json);
  if (read.success) {
    // A key that is named twice means one thing to one reader and another to the next.
    if (text !== `${canonicalJson(json)}\n`)
      throw new Error(
        `${manifestName} is not as Trailwatch writes it (canonical JSON, RFC 8785): it was reformatted, or names a key twice.`,
      );
    return read.data;
  }
  const [issue] = read.error.issues;
  throw new Error(
    `${manifestName} is no manifest of Trailwatch: ${issue?.path.join('.') || 'it'} ${issue?.message ?? 'cannot be read'}.`,
  );
}
