// How heavy is a penguin with flippers of a certain length? Run it with `npm run demo`.

import { fileURLToPath } from 'node:url';
import { kw, PythonError, py } from 'caduceus';

const file = fileURLToPath(new URL('data/penguins.csv', import.meta.url));
const { float, ValueError } = py.builtins;
const has = (name: string) => py.import('importlib.util').find_spec(name) !== null;

// A Python generator that filters with a function of ours.
const rows = py.def`
def rows(path, wanted):
    from csv import DictReader
    with open(path, newline="") as opened:
        yield from filter(wanted, DictReader(opened))
`;

const problems: string[] = [];
function isMeasured(bird: { body_mass_g: string }): boolean {
  try {
    return float(bird.body_mass_g) > 0; // Python's float(), on an item of Python's dict
  } catch (error) {
    if (!(error instanceof PythonError && error.is(ValueError))) throw error;
    problems.push(error.message);
    return false;
  }
}

// Lazily: each row is read, filtered and brought over when the loop asks for it.
const species = new Map<string, { flippers: number[]; masses: number[] }>();
for (const bird of rows(file, isMeasured)) {
  const birds = species.get(bird.species) ?? { flippers: [], masses: [] };
  birds.flippers.push(Number(bird.flipper_length_mm));
  birds.masses.push(Number(bird.body_mass_g));
  species.set(bird.species, birds);
}

// numpy fits the line where it is installed, the standard library where it is not.
const { fmean, linear_regression } = py.import('statistics');
const fit = has('numpy')
  ? (x: number[], y: number[]) => py.import('numpy').polyfit(x, y, 1)
  : linear_regression;

console.log(
  `Python ${py.info.version}, numpy ${has('numpy') ? 'does' : 'is absent: the standard library does'} the fit`,
);
console.log('\nspecies     birds   mean mass   per mm of flipper');
for (const [name, { flippers, masses }] of species) {
  const [slope] = fit(flippers, masses);
  const mean = fmean(masses);
  const cells = [
    String(masses.length).padStart(5),
    `${mean.toFixed(0)} g`.padStart(12),
    `${slope.toFixed(1)} g`.padStart(20),
  ];
  console.log(`${name.padEnd(12)}${cells.join('')}   ${'▇'.repeat(Math.round(mean / 200))}`);
}
console.log(`\nLeft out: ${problems.length} birds (${problems[0]})`);

if (has('pandas')) {
  const birds = py.import('pandas').read_csv(file);
  const table = birds.pivot_table(kw({ index: 'species', columns: 'year', values: 'body_mass_g' }));
  console.log(`\nMean mass by year, from pandas:\n${table.round(0)}`);
}
