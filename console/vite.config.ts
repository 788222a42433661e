import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The pages of the demo. Names without a hash, since pages that the server writes refer to them. */
export default defineConfig({
  root: at('.'),
  base: '/',
  // The package itself, as it was built just before: what the tree draws is what the gate decides.
  resolve: { alias: { scopegate: at('../dist/esm/index.js') } },
  build: {
    outDir: at('../dist/demo-app/pages'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
    rollupOptions: {
      // Only the pure parts of the package stay in the end: none of them needs Node's modules.
      external: /^node:/,
      treeshake: { moduleSideEffects: 'no-external' },
      input: {
        'front-door': at('index.html'),
        'card-pages': at('card-pages/main.ts'),
      },
      output: {
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
      },
    },
  },
});
