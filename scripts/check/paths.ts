// No path of one machine and no registry host in the repository: a clone works anywhere.

import { type Finding, readSource } from './source.ts';

const binary = /\.(png|jpe?g|gif|ico|svg|node|so|gz|tgz|whl)$/;
const patterns = [
  {
    what: 'a path of one machine',
    pattern: /(?:^|[^\w.~})])\/(?:work|root|farm|Users|home)\/(?!you\b|user\b|me\b)\w/,
  },
  { what: 'a registry host', pattern: /\bregistry\.[\w-]+\.\w+|\bpythonhosted\.\w+|\bpypi\.\w+\/simple/ },
  { what: 'a resolved address', pattern: /^\s*"resolved": "https?:/ },
];

export function checkPaths(files: string[]): Finding {
  const problems = files
    .filter((path) => !binary.test(path))
    .flatMap((path) =>
      readSource(path)
        .split('\n')
        .flatMap((line, index) => {
          const hit = patterns.find(({ pattern }) => pattern.test(line));
          return hit ? [`${path}:${index + 1}: ${hit.what}: ${line.trim().slice(0, 120)}`] : [];
        }),
    );
  return { problems };
}
