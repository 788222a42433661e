import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The console of the package. Names have a hash and addresses are relative, so that it runs at any path. */
export default defineConfig({
  root: at('app'),
  base: './',
  publicDir: at('app/public'),
  // The package itself, as it was built just before: what the tree draws is what the gate decides.
  resolve: { alias: { scopegate: at('../dist/esm/index.js') } },
  build: {
    outDir: at('../dist/console'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
    rollupOptions: {
      // Only the pure parts of the package stay in the end: none of them needs Node's modules.
      external: /^node:/,
      treeshake: { moduleSideEffects: 'no-external' },
    },
  },
});
