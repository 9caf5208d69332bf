import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../../../dist/console', import.meta.url)),
    emptyOutDir: true,
    // The page's security policy allows no inline data but the favicon.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // For work on the console: `npx vite runtime/cloud/console` beside a cloud service on its default port.
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
