// The loss curves of a sweep: what is on the axes, colours and panels by a field, smoothing, a legend that hides. plot.js draws.
import { roomy } from './axis.js';
import { keyed } from './keyed.js';
import { plotIn } from './plot.js';
import { colourOf, fieldsOf, groupsOf, placed, smooth, take } from './series.js';
import { count, duration, element, loss, power, tell, titleOf } from './words.js';

const axes = {
  flops: { title: 'training compute, FLOPs', words: v => `${power(v)} FLOPs` },
  tokens: { title: 'training tokens', words: v => `${count(v)} tokens` },
  step: { title: 'optimizer steps', words: v => `step ${v}` },
  seconds: { title: 'time in training, seconds', words: v => duration(v) },
};
const shares = [[0, 'none'], [0.02, '2 %'], [0.05, '5 %'], [0.1, '10 %'], [0.25, '25 %']]; // of the steps so far
const beginning = { x: 'flops', xLog: true, yLog: true, losses: 'both', share: 0, colour: 'model', panels: '' };
const mostPanels = 12;

/** The figure in a place; `open(id)` is a click on a curve, `lit(id)` hears which is pointed at. */
export function curvesIn(place, { open, lit }) {
  const view = { ...beginning, ...kept() };
  if (!axes[view.x]) view.x = beginning.x;
  const columns = new Map();
  const hidden = new Set();
  const built = new Map();
  let [runs, shown, fields] = [[], [], []];
  const controls = element('div', { className: 'controls' });
  const folded = element('details', { open: !matchMedia('(max-width: 40rem)').matches }, element('summary', {}, 'Axes, smoothing and colours'), controls);
  const legend = element('div', { className: 'legend', role: 'group', 'aria-label': 'Groups of curves; a press hides or shows' });
  const host = element('div', { className: 'plot' });
  const none = element('p', { className: 'missing' }, 'No run has reported a loss yet.');
  const caption = element('figcaption');
  const figure = element('figure', { 'aria-label': 'Loss curves' }, folded, legend, host, none, caption);
  place.replaceChildren(figure);
  const plot = plotIn(host, { name: 'Loss curves', words, open: series => open(series.id), lit });
  const selects = {
    x: choice('Across', Object.keys(axes).map(a => [a, a === 'flops' ? 'FLOPs' : a === 'seconds' ? 'time' : a === 'step' ? 'steps' : a])),
    xLog: choice('scale across', [[true, 'log'], [false, 'linear']]),
    losses: choice('Loss', [['both', 'training and validation'], ['training', 'training'], ['validation', 'validation']]),
    yLog: choice('scale of the loss', [[true, 'log'], [false, 'linear']]),
    share: choice('Smoothing', shares),
    colour: choice('Colour by', []),
    panels: choice('Panels by', []),
  };
  controls.append(
    label('Across', selects.x, selects.xLog), label('Loss', selects.losses, selects.yLog), label('Smoothing', selects.share),
    label('Colour by', selects.colour), label('Panels by', selects.panels));

  function choice(name, options) {
    const select = element('select', { 'aria-label': name });
    fill(select, options);
    select.addEventListener('change', () => {
      const key = Object.keys(selects).find(k => selects[k] === select);
      view[key] = JSON.parse(select.value);
      if (key === 'colour') hidden.clear();
      keep(view);
      rebuild();
    });
    return select;
  }

  function fill(select, options) {
    const wanted = JSON.stringify(options);
    if (select.options_ === wanted) return;
    select.options_ = wanted;
    select.replaceChildren(...options.map(([value, words]) => element('option', { value: JSON.stringify(value) }, words)));
  }

  const field = name => fields.find(f => f.name === name);
  const isDark = () => getComputedStyle(host).colorScheme === 'dark'
    || getComputedStyle(host).colorScheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches;

  function rebuild() {
    fields = fieldsOf(runs);
    const named = fields.map(f => [f.name, f.name]);
    fill(selects.colour, named);
    fill(selects.panels, [['', 'none'], ...named]);
    const colour = field(view.colour) ?? fields[0];
    const panels = field(view.panels);
    for (const [key, select] of Object.entries(selects)) select.value = JSON.stringify(view[key]);
    if (colour) selects.colour.value = JSON.stringify(colour.name);
    selects.panels.value = JSON.stringify(panels?.name ?? '');
    figure.hidden = !runs.length;
    if (!colour) return;
    draw(colour, panels);
  }

  function draw(colour, panelField) {
    const began = performance.now();
    const dark = isDark();
    const style = getComputedStyle(host);
    const groups = groupsOf(runs, colour); // of all runs, so that a filter changes no colour
    groups.forEach((g, i) => { g.colour = colour.isState ? style.getPropertyValue(`--${g.key}`) : colourOf(i, groups, dark); });
    const colours = new Map(groups.flatMap(g => g.runs.map(r => [r.id, g])));
    const visible = shown.filter(r => columns.has(r.id) && !hidden.has(colours.get(r.id)?.key));
    const all = new Map(visible.map(run => [run.id, seriesOf(run, colours.get(run.id).colour)]));
    const panels = panelField
      ? groupsOf(visible, panelField).slice(0, mostPanels).map(g => ({ title: `${panelField.name} ${g.key}`, series: g.runs.map(r => all.get(r.id)) }))
      : [{ title: null, series: [...all.values()] }];
    const bounds = boundsOf([...all.values()]);
    none.hidden = Boolean(bounds);
    tell(none, columns.size ? 'No curve is left: a filter or the legend hides them, or the axis cannot hold them.' : 'No run has reported a loss yet.');
    host.hidden = !bounds;
    showLegend(groups, colour);
    host.dataset.curves = bounds ? all.size : 0;
    host.dataset.points = [...all.values()].reduce((sum, s) => sum + s.line.x.length, 0);
    if (!bounds) return;
    plot.show({
      key: `${view.x} ${view.xLog} ${view.yLog}`,
      x: roomy(...bounds.x, view.xLog, view.x === 'flops' ? power : count), y: roomy(...bounds.y, view.yLog, count), panels: panels.length ? panels : [{ title: null, series: [] }],
      xTitle: axes[view.x].title, yTitle: 'loss, nats/token',
    });
    tell(caption, captionOf(all.size, panelField));
    host.dataset.built = (performance.now() - began).toFixed(2);
  }

  function captionOf(curves, panelField) {
    const best = shown.filter(r => r.lossValidation != null).sort((a, b) => a.lossValidation - b.lossValidation)[0];
    const lines = { both: 'Lines: training loss, mean since the point before. Dots: loss on the fixed validation set.',
      training: 'Training loss, mean since the point before.', validation: 'Loss on the fixed validation set.' }[view.losses];
    const smoothed = view.share && view.losses !== 'validation'
      ? ` Smoothed over log steps: a step's weight falls by e while the run grows by ${100 * view.share} %.` : '';
    return `${curves} ${curves === 1 ? 'curve' : 'curves'}. ${lines}${smoothed}${panelField ? ' All panels have the same axes.' : ''}`
      + (best ? ` Lowest validation loss so far: ${loss(best.lossValidation)}, ${titleOf(best)}. The last losses of every run are in the table below.` : '');
  }

  function seriesOf(run, colour) {
    const of = columns.get(run.id);
    const key = `${of.version} ${view.x} ${view.xLog} ${view.yLog} ${view.share} ${view.losses}`;
    let made = built.get(run.id);
    if (made?.key !== key) {
      const [x, y] = [{ log: view.xLog }, { log: view.yLog }];
      const validation = placed(of[view.x], of.lossValidation, x, y);
      made = {
        key, id: run.id,
        line: view.losses === 'validation' ? validation : placed(of[view.x], smooth(of.step, of.lossTrain, view.share), x, y),
        dots: view.losses === 'training' ? null : validation,
      };
      built.set(run.id, made);
    }
    Object.assign(made, { run, colour });
    return made;
  }

  function boundsOf(all) {
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { line, dots } of all) {
      for (const points of [line, dots]) {
        if (!points?.x.length) continue;
        x0 = Math.min(x0, points.x[0]);
        x1 = Math.max(x1, points.x.at(-1));
        for (const y of points.y) {
          if (y < y0) y0 = y;
          if (y > y1) y1 = y;
        }
      }
    }
    return x1 < x0 ? null : { x: [x0, x1], y: [y0, y1] };
  }

  function showLegend(groups, colour) {
    keyed(legend, groups, g => `${colour.name} ${g.key}`, g => {
      const button = element('button', { type: 'button' }, element('span', { className: 'swatch' }), element('span'), element('small'));
      button.addEventListener('click', event => toggle(g.key, event.shiftKey));
      return button;
    }, (button, g) => {
      button.setAttribute('aria-pressed', String(!hidden.has(g.key)));
      button.title = 'press: hide or show; with Shift: this alone';
      button.children[0].style.background = g.colour;
      tell(button.children[1], g.key);
      tell(button.children[2], String(g.runs.length));
    });
    legend.dataset.field = colour.name;
  }

  function toggle(key, alone) {
    const keys = [...legend.kept.keys()].map(k => k.slice(legend.dataset.field.length + 1));
    const isAlone = keys.every(k => hidden.has(k) === (k !== key));
    if (alone) {
      hidden.clear();
      if (!isAlone) keys.filter(k => k !== key).forEach(k => hidden.add(k));
    } else if (!hidden.delete(key)) hidden.add(key);
    rebuild();
  }

  function words(series, at, isDot) {
    const of = columns.get(series.id);
    const i = (isDot ? series.dots : series.line).index[at];
    const validation = isDot || view.losses === 'validation';
    const value = validation ? of.lossValidation[i] : of.lossTrain[i];
    const smoothed = !validation && view.share ? smooth(of.step.slice(0, i + 1), of.lossTrain.slice(0, i + 1), view.share)[i] : null;
    return [
      titleOf(series.run),
      `${validation ? 'validation' : 'training'} loss ${loss(value)}${smoothed == null ? '' : `, smoothed ${loss(smoothed)}`}`,
      `step ${of.step[i]}, ${count(of.tokens[i])} tokens`,
      [of.flops[i] == null ? '' : `${power(of.flops[i])} FLOPs`, of.seconds[i] == null ? '' : duration(of.seconds[i])].filter(Boolean).join(', '),
    ].filter(Boolean);
  }

  return {
    /** Pieces of curves that came. */
    take(pieces) {
      for (const piece of pieces) take(columns, piece);
      rebuild();
    },
    /** The sweep has these runs and no others. */
    only(ids) {
      for (const id of columns.keys()) if (!ids.has(id)) columns.delete(id);
    },
    /** All runs of the sweep, and those that the filter leaves. */
    show(all, some) {
      [runs, shown] = [all, some];
      rebuild();
    },
    /** Another sweep: nothing of the one before stays. */
    clear() {
      for (const of of [columns, hidden, built]) of.clear();
      [runs, shown] = [[], []];
    },
    light: id => plot.light(id),
    redraw: rebuild,
  };
}

const label = (words, ...controls) => element('div', { className: 'control' }, element('span', { 'aria-hidden': 'true' }, words), ...controls);

function kept() {
  try {
    return JSON.parse(localStorage.getItem('curves')) ?? {};
  } catch {
    return {};
  }
}

function keep(view) {
  try {
    localStorage.setItem('curves', JSON.stringify(view));
  } catch {
    // a browser that keeps nothing
  }
}
