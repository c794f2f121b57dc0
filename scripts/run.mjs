// The bootstrapper behind every npm script: installs what is missing, builds where needed, runs the script.
// It is plain JavaScript without dependencies, because it is what runs in a fresh clone.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const verbs = {
  build: { script: 'scripts/build.ts' },
  test: { script: 'scripts/test.ts' },
  check: { script: 'scripts/check.ts' },
  fix: { script: 'scripts/fix.ts' },
  bench: { script: 'bench/run.ts', build: true },
  stress: { script: 'scripts/stress.ts' },
  sanitize: { script: 'scripts/sanitize.ts' },
  suite: { script: 'scripts/suite.ts', build: true },
  demo: { script: 'examples/demo.ts', build: true },
};

process.exitCode = main(process.argv[2], process.argv.slice(3));

function main(name, args) {
  const verb = verbs[name];
  if (!verb) {
    console.error(`unknown verb '${name ?? ''}'; there are: ${Object.keys(verbs).join(', ')}`);
    return 2;
  }
  const installed = install();
  if (installed !== 0) return installed;
  if (verb.build) {
    const built = runScript('scripts/build.ts', []);
    if (built !== 0) return built;
  }
  // `npm run demo -- numpy` runs examples/numpy.ts.
  const script = name === 'demo' && args.length > 0 ? `examples/${args.shift()}.ts` : verb.script;
  if (!existsSync(join(root, script))) {
    console.error(`npm run ${name}: ${script} is not there`);
    return 1;
  }
  if (name === 'demo') console.log(`Running ${script} against the package as it was built in dist/.\n`);
  return runScript(script, args);
}

/** Runs `npm ci` unless node_modules was made from this very package-lock.json. */
function install() {
  const stamp = join(root, 'node_modules', '.lock-hash');
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return 0;
  console.log('Installing the development tools (npm ci)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const status = npm?.endsWith('.js') ? run(process.execPath, [npm, ...args]) : run('npm', args);
  if (status === 0) writeFileSync(stamp, hash);
  else
    console.error('npm ci failed: the development tools come from npm, so the first run needs the network');
  return status;
}

function runScript(script, args) {
  const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  return run(process.execPath, ['--import', loader, join(root, script), ...args]);
}

function run(command, args) {
  const child = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (child.error) console.error(`${command}: ${child.error.message}`);
  return child.status ?? 1;
}
