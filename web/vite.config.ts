import { defineConfig } from 'vite';
import { compressedFiles, mapFromSources } from './map_code';

/** Where the server of the program listens while the page is being worked on. */
const server = process.env['DIABAN_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [mapFromSources(), compressedFiles('./dist/assets')],
  // MapLibre's sources are written for fields that are assigned.
  esbuild: { tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } } },
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    target: 'es2021',
    // Nothing inline: the server's content security policy allows scripts from files only.
    assetsInlineLimit: 0,
    // The map, and the shell of the pages of single documents.
    rollupOptions: { input: ['index.html', 'document.html'] },
    modulePreload: { polyfill: false },
    // MapLibre is one piece of about 1 MB before compression.
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: 'es' },
  server: {
    // The signs of facilities are files of `styles/`.
    fs: { allow: ['..'] },
    proxy: Object.fromEntries(['/catalog', '/tiles', '/collections', '/styles', '/report', '/units', '/search', '/at', '/aggregates', '/quality', '/map', '/live', '/sign-in'].map((path) => [path, server])),
  },
});
