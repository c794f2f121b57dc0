// Four measurements of each penguin, seen from where they differ most. Run it with `npm run demo -- numpy`.

import { fileURLToPath } from 'node:url';
import { at, start } from 'caduceus';
import { pythonWith } from './setup.ts';

const py = start({ python: pythonWith('numpy', 'pandas') });
const np = py.import('numpy');
const file = fileURLToPath(new URL('data/penguins.csv', import.meta.url));
const birds = py.import('pandas').read_csv(file).dropna();

// Principal components: standardize with Python's operators, then decompose.
const table = birds[at(['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'])].to_numpy();
const standard = py`(${table} - ${table}.mean(axis=0)) / ${table}.std(axis=0)`;
const [, singular, directions] = np.linalg.svd(standard, false);
const scores = py`${np}.ascontiguousarray(${directions}[:2] @ ${standard}.T)`;

// Two typed arrays over numpy's own memory: what is written here is seen there.
const x: Float64Array = scores[0].as(Float64Array);
const y: Float64Array = scores[1].as(Float64Array);
const masses: Float64Array = birds.body_mass_g.to_numpy().astype('float64').as(Float64Array);
const heaviest = masses.indexOf(Math.max(...masses));
if (Number(x[heaviest]) < 0) for (let i = 0; i < x.length; i++) x[i] = -Number(x[i]);
console.log(`numpy ${np.__version__}, ${x.length} birds, memory shared: ${py.isShared(x) && py.isShared(y)}`);
console.log(`the heaviest bird is on the right for numpy too: ${scores[at(0, heaviest)] > 0}`);

// And the other way round: numpy sorts an array of ours in place.
const sorted = x.slice();
np.asarray(sorted).sort();
const quartiles = [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(part * sorted.length)]?.toFixed(2));
console.log(`quartiles along x: ${quartiles.join(', ')}\n`);

const [width, height] = [72, 20];
const grid = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
const species: string[] = birds.species.to_list().as(Array);
const scale = (values: Float64Array, size: number) => {
  const most = Math.max(...values.map(Math.abs));
  return Array.from(values, (value) => Math.round(((value / most + 1) / 2) * (size - 1)));
};
const [columns, rows] = [scale(x, width), scale(y, height)];
for (const [i, name] of species.entries()) {
  const row = grid[height - 1 - Number(rows[i])];
  if (row) row[Number(columns[i])] = name.charAt(0);
}
for (const row of grid) console.log(`│${row.join('').trimEnd()}`);
const share = py`${singular} ** 2 / (${singular} ** 2).sum()`;
console.log(
  `└${'─'.repeat(width)}\nA Adelie, C Chinstrap, G Gentoo; x shows ${(100 * share[0]).toFixed(0)} % of the variance,`,
);
console.log(
  `y ${(100 * share[1]).toFixed(0)} %\n\n${birds.groupby('species').body_mass_g.describe().round(0)}`,
);
