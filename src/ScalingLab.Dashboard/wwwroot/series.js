// Curves as numbers: columns of each run, groups of runs and their colours, smoothing. No drawing.
import { count, power, states } from './words.js';

const names = ['step', 'tokens', 'flops', 'seconds', 'lossTrain', 'lossValidation'];
let versions = 0;

/** Puts a piece of a run's curve in its place: what stood from its first step on goes. */
export function take(columns, piece) {
  const kept = columns.get(piece.id) ?? Object.fromEntries(names.map(n => [n, []]));
  const at = piece.from > 0 ? kept.step.findIndex(s => s >= piece.from) : 0;
  for (const name of names) {
    if (at >= 0) kept[name].length = at;
    const more = piece[name] ?? piece.step.map(() => null);
    for (const value of more) kept[name].push(value);
  }
  kept.version = ++versions;
  columns.set(piece.id, kept);
}

/**
 * An exponentially weighted mean of a loss whose window is a share of the steps done so far, so that it is as wide on a
 * logarithmic axis at the beginning as at the end: each step's weight falls by e while ln(step) grows by the share. A
 * point stands for the steps since the one before.
 */
export function smooth(steps, losses, share) {
  if (!share) return losses;
  let [sum, weight, before] = [0, 0, 0];
  return losses.map((value, i) => {
    if (value == null) return null;
    const [step, covered] = [steps[i], Math.max(steps[i] - before, 1e-9)];
    const keep = before > 0 ? (before / step) ** (1 / share) : 0;
    before = step;
    sum = sum * keep + value * covered;
    weight = weight * keep + covered;
    return sum / weight;
  });
}

const highest = 1e12; // a loss beyond it, or below its inverse on a logarithmic axis, would leave no room for any other

/** Points of one column over another as they lie on the axes; what is missing, or no axis can hold, is left out. */
export function placed(xs, ys, x, y) {
  const [across, up, index] = [new Float64Array(ys.length), new Float64Array(ys.length), new Int32Array(ys.length)];
  let n = 0;
  for (let i = 0; i < ys.length; i++) {
    if (
      ys[i] == null ||
      xs[i] == null ||
      Math.abs(ys[i]) > highest ||
      (x.log && xs[i] <= 0) ||
      (y.log && ys[i] < 1 / highest)
    )
      continue;
    across[n] = x.log ? Math.log10(xs[i]) : xs[i];
    up[n] = y.log ? Math.log10(ys[i]) : ys[i];
    index[n++] = i;
  }
  return { x: across.subarray(0, n), y: up.subarray(0, n), index: index.subarray(0, n) };
}

/** Fields that runs can be told apart by: those with more than one value among them, and always model and state. */
export function fieldsOf(runs) {
  const varied = [...new Set(runs.flatMap(r => r.varies.map(v => v.field)))].map(name => ({
    name,
    of: run => run.varies.find(v => v.field === name)?.value ?? '(none)',
  }));
  const fields = [
    { name: 'model', of: r => r.model, rank: r => r.parametersWithHead, always: true },
    {
      name: 'budget',
      of: r => (r.budgetFlops == null ? '(none)' : `${power(r.budgetFlops)} FLOPs`),
      rank: r => r.budgetFlops ?? 0,
    },
    { name: 'tokens', of: r => count(r.tokens), rank: r => r.tokens },
    ...varied,
    { name: 'seed', of: r => String(r.seed), rank: r => r.seed },
    { name: 'state', of: r => r.state, rank: r => states.indexOf(r.state), always: true, isState: true },
  ];
  return fields.filter(f => f.always || new Set(runs.map(f.of)).size > 1);
}

/** What tells runs apart unless somebody chooses: the model or, of one model, what else has several values. */
export const firstField = (fields, runs) =>
  fields.find(f => !f.isState && f.name !== 'seed' && new Set(runs.map(f.of)).size > 1) ?? fields[0];

/** Runs by a field's value, in order: of numbers by size, else as they first come. */
export function groupsOf(runs, field) {
  const groups = new Map();
  for (const run of runs) {
    const key = field.of(run);
    if (!groups.has(key)) groups.set(key, { key, runs: [], rank: field.rank ? field.rank(run) : Number(key) });
    groups.get(key).runs.push(run);
  }
  const list = [...groups.values()];
  list.ordered = !field.isState && list.every(g => Number.isFinite(g.rank));
  if (list.ordered || field.isState) list.sort((a, b) => a.rank - b.rank);
  return list;
}

// Okabe and Ito's palette (2008): told apart with any colour vision. The second is lighter, for dark paper.
const words = {
  light: ['#0072b2', '#d55e00', '#009e73', '#b3578c', '#b57a00', '#3a9ad0', '#555555'],
  dark: ['#56b4e9', '#ff8a3d', '#2fd0a0', '#e59ac4', '#f0b429', '#9ecbff', '#bbbbbb'],
};

// Viridis (van der Walt and Smith 2015) at tenths.
const stops = [
  '440154',
  '482475',
  '414487',
  '355f8d',
  '2a788e',
  '21918c',
  '22a884',
  '44bf70',
  '7ad151',
  'bddf26',
  'fde725',
].map(hex => [0, 2, 4].map(at => parseInt(hex.slice(at, at + 2), 16)));

/** The colour of one of so many groups: along viridis where they have an order or are many, else a palette of words. */
export function colourOf(index, groups, dark) {
  if (!groups.ordered && groups.length <= words.light.length) return words[dark ? 'dark' : 'light'][index];
  if (groups.length === 1) return words[dark ? 'dark' : 'light'][0];
  const [first, last] = dark ? [0.3, 1] : [0.02, 0.84]; // yellow is too faint on white, violet on black
  const at = (first + ((last - first) * index) / (groups.length - 1)) * (stops.length - 1);
  const [below, part] = [Math.min(Math.floor(at), stops.length - 2), at - Math.min(Math.floor(at), stops.length - 2)];
  return `rgb(${stops[below].map((low, i) => Math.round(low + part * (stops[below + 1][i] - low))).join(' ')})`;
}
