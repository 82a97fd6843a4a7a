// The loss curves of a sweep: which of them, in which colours and panels, and a legend that hides. plot.js draws.
import { roomy } from './axis.js';
import { choicesIn } from './choices.js';
import { keyed } from './keyed.js';
import { plotIn } from './plot.js';
import { colourOf, fieldsOf, firstField, groupsOf, placed, smooth, take } from './series.js';
import { count, duration, element, loss, power, tell, titleOf } from './words.js';

const axes = {
  flops: { title: 'training compute, FLOPs', words: power },
  tokens: { title: 'training tokens', words: count },
  step: { title: 'optimizer steps', words: count },
  seconds: { title: 'time in training, seconds', words: count },
};
const lines = {
  both: 'Lines: training loss, mean since the point before. Dots: loss on the fixed validation set.',
  training: 'Training loss, mean since the point before.',
  validation: 'Loss on the fixed validation set.',
};
const mostPanels = 12;

/** The figure in a place; `open(id)` is a click on a curve, `lit(id)` hears which is pointed at. */
export function curvesIn(place, { open, lit }) {
  const columns = new Map();
  const hidden = new Set();
  const built = new Map();
  let [runs, shown, fields] = [[], [], []];
  let due = 0;
  const controls = element('div');
  const legend = element('div', {
    'className': 'legend',
    'role': 'group',
    'aria-label': 'Groups of curves; a press hides or shows',
  });
  const host = element('div', { className: 'plot' });
  const none = element('p', { className: 'missing' }, 'No run has reported a loss yet.');
  const caption = element('figcaption');
  const figure = element('figure', { 'aria-label': 'Loss curves' }, controls, legend, host, none, caption);
  place.replaceChildren(figure);
  const plot = plotIn(host, { name: 'Loss curves', words, open: series => open(series.id), lit });
  const choices = choicesIn(controls, key => {
    if (key === 'colour') hidden.clear();
    rebuild();
  });
  const view = choices.view;

  const field = name => fields.find(f => f.name === name);
  const isDark = () =>
    getComputedStyle(host).colorScheme === 'dark' ||
    (getComputedStyle(host).colorScheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);

  // Runs and points that come at one moment are drawn once.
  const soon = () => {
    due ||= requestAnimationFrame(rebuild);
  };

  function rebuild() {
    due = 0;
    fields = fieldsOf(runs);
    const first = firstField(fields, runs);
    choices.offer(
      fields.map(f => f.name),
      first?.name,
    );
    const colour = field(view.colour) ?? first;
    figure.hidden = !runs.length;
    if (!colour) return;
    draw(colour, field(view.panels));
  }

  function draw(colour, panelField) {
    const began = performance.now();
    const dark = isDark();
    const style = getComputedStyle(host);
    const groups = groupsOf(runs, colour); // of all runs, so that a filter changes no colour
    groups.forEach((g, i) => {
      g.colour = colour.isState ? style.getPropertyValue(`--${g.key}`) : colourOf(i, groups, dark);
    });
    const colours = new Map(groups.flatMap(g => g.runs.map(r => [r.id, g])));
    const visible = shown.filter(r => columns.has(r.id) && !hidden.has(colours.get(r.id)?.key));
    const all = new Map(visible.map(run => [run.id, seriesOf(run, colours.get(run.id).colour)]));
    const grouped = panelField ? groupsOf(visible, panelField) : [];
    const panels = panelField
      ? grouped.map(g => ({ title: `${panelField.name} ${g.key}`, series: g.runs.map(r => all.get(r.id)) }))
      : [{ title: null, series: [...all.values()] }];
    const bounds = boundsOf([...all.values()]);
    none.hidden = Boolean(bounds);
    tell(
      none,
      columns.size
        ? 'No curve is left: a filter or the legend hides them, or the axis cannot hold them.'
        : 'No run has reported a loss yet.',
    );
    host.hidden = !bounds;
    showLegend(groups, colour);
    host.dataset.curves = bounds ? all.size : 0;
    host.dataset.points = [...all.values()].reduce((sum, s) => sum + s.line.x.length, 0);
    if (!bounds) return;
    plot.show({
      key: `${view.x} ${view.xLog} ${view.yLog}`,
      x: roomy(...bounds.x, view.xLog, axes[view.x].words),
      y: roomy(...bounds.y, view.yLog, count),
      panels: panels.slice(0, mostPanels),
      xTitle: axes[view.x].title,
      yTitle: 'loss, nats/token',
    });
    tell(caption, captionOf(all.size, grouped.length));
    host.dataset.built = (performance.now() - began).toFixed(2);
  }

  function captionOf(curves, panels) {
    const best = shown.filter(r => r.lossValidation != null).sort((a, b) => a.lossValidation - b.lossValidation)[0];
    const parts = [`${curves} ${curves === 1 ? 'curve' : 'curves'}.`, lines[view.losses]];
    if (view.share && view.losses !== 'validation') {
      const percent = 100 * view.share;
      parts.push(`Smoothed over log steps: a step's weight falls by e while the run grows by ${percent} %.`);
    }
    if (panels) parts.push('All panels have the same axes.');
    if (panels > mostPanels) parts.push(`${panels - mostPanels} more panels are not drawn: filter the runs.`);
    if (best) parts.push(`Lowest validation loss so far: ${loss(best.lossValidation)}, ${titleOf(best)}.`);
    parts.push('The last losses of every run are in the table below.');
    return parts.join(' ');
  }

  function seriesOf(run, colour) {
    const of = columns.get(run.id);
    const key = `${of.version} ${view.x} ${view.xLog} ${view.yLog} ${view.share} ${view.losses}`;
    let made = built.get(run.id);
    if (made?.key !== key) {
      const [x, y] = [{ log: view.xLog }, { log: view.yLog }];
      const validation = placed(of[view.x], of.lossValidation, x, y);
      made = {
        key,
        id: run.id,
        line:
          view.losses === 'validation'
            ? validation
            : placed(of[view.x], smooth(of.step, of.lossTrain, view.share), x, y),
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
    keyed(
      legend,
      groups,
      g => `${colour.name} ${g.key}`,
      g => {
        const button = element(
          'button',
          { type: 'button' },
          element('span', { className: 'swatch' }),
          element('span'),
          element('small'),
        );
        button.addEventListener('click', event => toggle(g.key, event.shiftKey));
        return button;
      },
      (button, g) => {
        button.setAttribute('aria-pressed', String(!hidden.has(g.key)));
        button.title = 'press: hide or show; with Shift: this alone';
        button.children[0].style.background = g.colour;
        tell(button.children[1], g.key);
        tell(button.children[2], String(g.runs.length));
      },
    );
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
    const smoothed =
      !validation && view.share ? smooth(of.step.slice(0, i + 1), of.lossTrain.slice(0, i + 1), view.share)[i] : null;
    const spent = [of.flops[i] == null ? '' : `${power(of.flops[i])} FLOPs`, duration(of.seconds[i])];
    return [
      titleOf(series.run),
      `${validation ? 'validation' : 'training'} loss ${loss(value)}`,
      smoothed == null ? '' : `smoothed ${loss(smoothed)}`,
      `step ${of.step[i]}, ${count(of.tokens[i])} tokens`,
      spent.filter(Boolean).join(', '),
    ].filter(Boolean);
  }

  return {
    /** Pieces of curves that came. */
    take(pieces) {
      for (const piece of pieces) take(columns, piece);
      soon();
    },
    /** The sweep has these runs and no others. */
    only(ids) {
      for (const id of columns.keys()) if (!ids.has(id)) columns.delete(id);
    },
    /** All runs of the sweep, and those that the filter leaves. */
    show(all, some) {
      [runs, shown] = [all, some];
      soon();
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
