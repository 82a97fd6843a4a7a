// The loss curves: Vega-Lite, with its expressions interpreted, so that the page's policy needs to allow no script made from text.
import { count, element } from './words.js';

const scripts = ['vega', 'vega-lite', 'vega-embed'];
const mend = 'npm ci --prefix src/ScalingLab.Reporting/vega';
let loaded = null;

function load() {
  // One after the other: each needs the one before.
  return loaded ??= scripts.reduce((before, name) => before.then(() => new Promise((done, failed) => {
    document.head.append(element('script', { src: `/vega/${name}.min.js`, onload: done, onerror: () => failed(new Error(name)) }));
  })), Promise.resolve());
}

const label = curve => `${curve.model} (${count(curve.parametersWithHead)})`;

const models = curves => [...new Set([...curves].sort((a, b) => a.parametersWithHead - b.parametersWithHead).map(label))];

const rows = curves => curves.flatMap(curve => curve.points.filter(p => p.flops > 0).flatMap(p =>
  [['training', p.lossTrain], ['validation', p.lossValidation]].filter(([, loss]) => loss > 0).map(([kind, loss]) =>
    ({ run: curve.id, model: label(curve), flops: p.flops, tokens: p.tokens, kind, loss }))));

// 10¹¹ at a decade, 2×10¹¹ and 5×10¹¹ between where there is room or where there are few decades, nothing elsewhere.
const exponent = 'floor(log(datum.value) / LN10 + 1e-9)';
const digit = at => `substring('⁰¹²³⁴⁵⁶⁷⁸⁹', ${at}, ${at} + 1)`;
const raised = `(${exponent} >= 10 ? ${digit(`floor(${exponent} / 10)`)} : '') + ${digit(`(${exponent} % 10)`)}`;
const leading = `round(datum.value / pow(10, ${exponent}))`;
const room = "(width > 500 || log(domain('x')[1] / domain('x')[0]) < 1.3 * LN10)";
const labelled = `(${leading} == 1 || ((${leading} == 2 || ${leading} == 5) && ${room}))`;
const computeLabel = `${labelled} ? (${leading} == 1 ? '' : ${leading} + '×') + '10' + ${raised} : ''`;
const whereLabelled = (value, otherwise) => ({ condition: { test: labelled, value }, value: otherwise });

function spec(order) {
  const font = 'DejaVu Sans, Verdana, sans-serif';
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 'container', height: 400, autosize: { type: 'fit', contains: 'padding' },
    data: { name: 'curves' },
    encoding: {
      x: { field: 'flops', type: 'quantitative', title: 'Training compute (FLOPs)', scale: { type: 'log', nice: false },
        axis: { labelExpr: computeLabel, labelOverlap: 'greedy', gridOpacity: whereLabelled(1, 0), tickSize: whereLabelled(5, 3) } },
      y: { field: 'loss', type: 'quantitative', title: 'Loss (nats/token)', scale: { type: 'log', nice: false, padding: 6 },
        axis: { values: [0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30], format: '~g' } },
      color: { field: 'model', type: 'ordinal', title: null, scale: { domain: order, scheme: { name: 'viridis', extent: [0, 0.88] } },
        legend: { orient: 'bottom', columns: { signal: 'max(1, floor(width / 150))' }, symbolType: 'circle', symbolOpacity: 1 } },
    },
    layer: [
      { transform: [{ filter: "datum.kind == 'training'" }], mark: { type: 'line', strokeWidth: 1, opacity: 0.7 },
        encoding: { detail: { field: 'run', type: 'nominal' } } },
      { transform: [{ filter: "datum.kind == 'validation'" }], mark: { type: 'point', filled: true, size: 22, opacity: 1 },
        encoding: { tooltip: [{ field: 'run' }, { field: 'model' }, { field: 'tokens', type: 'quantitative', format: '.3~s' },
          { field: 'flops', type: 'quantitative', title: 'FLOPs', format: '.3~e' },
          { field: 'loss', type: 'quantitative', title: 'validation loss', format: '.5~g' }] } },
    ],
    config: { font, background: 'white', view: { stroke: null }, axis: { gridColor: '#e6e6e6', titleFontWeight: 'normal', labelFontSize: 11, titleFontSize: 12 },
      legend: { labelFontSize: 11 } },
  };
}

/** The figure in a place: `show` draws curves, or the same figure grown. */
export function figureIn(place) {
  let drawn = null; // the order of models that the view was made for, and the view
  return {
    async show(curves) {
      try {
        await load();
      } catch {
        place.replaceChildren(element('p', { className: 'missing' }, 'The figure needs Vega, which is not installed here: run ',
          element('code', {}, mend), ' in the repository, then reload the page.'));
        return;
      }
      const points = rows(curves);
      const order = models(curves);
      const key = JSON.stringify(order);
      place.setAttribute('role', 'img');
      place.setAttribute('aria-label', `Loss curves of ${curves.length} runs, ${points.length} points`);
      if (points.length === 0) {
        drawn?.view.finalize();
        drawn = null;
        place.replaceChildren(element('p', { className: 'missing' }, 'No run has reported a loss yet.'));
        return;
      }
      if (drawn?.key === key) {
        await drawn.view.data('curves', points).runAsync();
      } else {
        drawn?.view.finalize();
        const made = element('div');
        place.replaceChildren(made);
        const { view } = await vegaEmbed(made, { ...spec(order), datasets: { curves: points } },
          { renderer: 'svg', ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true, theme: 'plain' } });
        drawn = { key, view };
      }
      place.dataset.points = points.length;
    },
  };
}
