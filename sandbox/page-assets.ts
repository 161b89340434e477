import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

interface PageAsset {
  body: Uint8Array | string;
  /** The value of the Content-Type header. */
  type: string;
}

const folder = join(import.meta.dirname, 'page');

let bundled: Promise<ReadonlyMap<string, PageAsset>> | undefined;

/**
 * A file of the sandbox's page by its path: `/`, `/page.js`, `/page.css`. The first that is asked for bundles the page in
 * memory (under a second, once in a process). Everything is bundled: the page asks nothing of any other server.
 */
export async function pageAsset(path: string): Promise<PageAsset | undefined> {
  bundled ??= bundle();
  return (await bundled).get(path);
}

async function bundle(): Promise<ReadonlyMap<string, PageAsset>> {
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
  return assets;
}
