import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface PageAsset {
  body: Uint8Array | string;
  /** The value of the Content-Type header. */
  type: string;
}

const folder = join(import.meta.dirname, 'page');

/**
 * Bundles the sandbox's page in memory (under a second) and answers its files by path: `/`, `/page.js`, `/page.css`.
 * Everything is bundled: the page asks nothing of any other server.
 */
export async function pageAssets(): Promise<(path: string) => PageAsset | undefined> {
  const [html, { outputFiles }] = await Promise.all([
    readFile(join(folder, 'index.html'), 'utf8'),
    build({
      entryPoints: [
        { in: join(folder, 'main.tsx'), out: 'page' },
        { in: join(folder, 'style.css'), out: 'page' },
      ],
      bundle: true,
      minify: true,
      write: false,
      outdir: folder,
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
      legalComments: 'none',
    }),
  ]);
  const types: Record<string, string> = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };
  const assets = new Map<string, PageAsset>([['/', { body: html, type: 'text/html; charset=utf-8' }]]);
  for (const file of outputFiles) {
    const name = file.path.slice(folder.length).replaceAll('\\', '/');
    assets.set(name, { body: file.contents, type: types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream' });
  }
  return (path) => assets.get(path);
}
