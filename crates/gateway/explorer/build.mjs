// Bundles the page into dist/, with a hash of the content in the names of script and style sheet.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const output = new URL('./dist/', import.meta.url);
await mkdir(output, { recursive: true });
for (const name of await readdir(output)) await rm(new URL(name, output));

const result = await build({
  entryPoints: { explorer: 'src/main.jsx' },
  absWorkingDir: import.meta.dirname,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022'],
  jsx: 'automatic',
  loader: { '.svg': 'dataurl', '.woff2': 'dataurl', '.woff': 'dataurl' },
  define: { 'process.env.NODE_ENV': '"production"' },
  entryNames: '[name]-[hash]',
  outdir: 'dist',
  legalComments: 'eof',
  metafile: true,
});

const files = Object.keys(result.metafile.outputs).map((path) => path.replace('dist/', ''));
const named = (extension) => files.find((name) => name.endsWith(extension));
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>Graph explorer</title>
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 8 13 3M3 8l10 5' stroke='%236b57c9' stroke-width='1.5'/%3E%3Cg fill='%236b57c9'%3E%3Ccircle cx='3' cy='8' r='2.6'/%3E%3Ccircle cx='13' cy='3' r='2.2'/%3E%3Ccircle cx='13' cy='13' r='2.2'/%3E%3C/g%3E%3C/svg%3E" />
    <link rel="stylesheet" href="explorer/${named('.css')}" />
    <script defer src="explorer/${named('.js')}"></script>
  </head>
  <body>
    <div id="explorer"></div>
    <noscript>The explorer needs JavaScript. The graph itself is at <code>/graphql</code>.</noscript>
  </body>
</html>
`;
await writeFile(new URL('index.html', output), page);
