import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { bundleElement } from '../packages/client/bundle.mjs';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PAGES = ['inbox', 'demo', 'explorer', 'graphiql'];

/** Adds the element of the client package, which the server offers to pages of applications. */
function element(): Plugin {
  let folder = '';
  return {
    name: 'element',
    configResolved: ({ build }) => {
      folder = join(build.outDir, 'element');
    },
    closeBundle: () => bundleElement(folder),
  };
}

/**
 * Builds the pages: one HTML file for each, and assets whose names contain a digest of their content, so that browsers
 * may keep them for ever. A page contains no inline code. `tools/build.js` sets the output folder.
 */
export default defineConfig({
  root: at('.'),
  plugins: [element()],
  resolve: { alias: { '@injeung/client/element': at('../packages/client/src/element/define.ts') } },
  build: {
    target: 'es2022',
    // An inlined image or font is a data: URL, which the Content-Security-Policy of the pages forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Monaco, the editor in GraphiQL, is larger than the size that Vite warns of.
    chunkSizeWarningLimit: 4_000,
    reportCompressedSize: false,
    rolldownOptions: {
      input: PAGES.map((page) => at(`${page}.html`)),
      onLog(level, log, report) {
        // React's libraries mark modules for servers that render. These marks have no meaning in a bundle.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
});
