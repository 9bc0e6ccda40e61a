import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

/** The style sheet is a string in TypeScript, so esbuild does not shorten it by itself. */
const shortStyles = {
  name: 'short-styles',
  setup({ onLoad }) {
    onLoad({ filter: /element\/styles\.ts$/ }, async ({ path }) => {
      const [, css] = /STYLES = `([^`]*)`/.exec(await readFile(path, 'utf8'));
      const { code } = await transform(css, { loader: 'css', minify: true, target: 'es2022' });
      return { contents: `export const STYLES = ${JSON.stringify(code.trim())}` };
    });
  },
};

/**
 * Bundles the element with the client as `injeung-verify.js`, and the texts of each language as a module that it loads
 * when a page needs it.
 *
 * @param {string} outdir where the modules are written.
 */
export async function bundleElement(outdir) {
  await build({
    entryPoints: { 'injeung-verify': fileURLToPath(new URL('src/element/define.ts', import.meta.url)) },
    outdir,
    bundle: true,
    format: 'esm',
    splitting: true,
    chunkNames: 'injeung-[name]-[hash]',
    target: 'es2022',
    charset: 'utf8',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [shortStyles],
  });
}
