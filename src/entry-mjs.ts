// dist/index.mjs and dist/module-sync.mjs, which the build extends by the names of the exports: the very objects that
// `require` hands out, one instance per process, whoever loads it how.

// Not a static import of the bundle: Node would run its lexer over it to guess the names that the build knows.
import { createRequire } from 'node:module';
import { loadBundle } from './load-bundle.ts';
import { requireOnce } from './native/module-cache.ts';

const api = load();

// biome-ignore lint/style/noDefaultExport: as `require` gives it, so may `import caduceus from 'caduceus'`
export default api;

function load(): Readonly<Record<string, unknown>> {
  const { dirname } = import.meta;
  const file = `${dirname}/index.cjs`;
  const module = requireOnce(file, (made) => {
    made.exports = loadBundle(dirname, lazyRequire(file));
    return made.exports !== undefined;
  });
  return (module?.exports ?? createRequire(import.meta.url)('./index.cjs')) as never;
}

/** `require` for the bundle, which asks for modules of Node's alone until late. */
function lazyRequire(file: string): (name: string) => unknown {
  let whole: NodeJS.Require | undefined;
  return (name) => {
    const builtin = process.getBuiltinModule(name);
    if (builtin !== undefined) return builtin;
    whole ??= createRequire(file);
    return whole(name);
  };
}
