// A plot on two canvases: curves below, what is pointed at above. Pointer, touch and keys; every pixel of the screen.
import { axis } from './axis.js';
import { paint, paintLit, paintWords } from './paint.js';
import { element, tell } from './words.js';

const reach = 24; // CSS pixels from the pointer to the nearest point
const help =
  'Arrow left and right: along a curve; up and down: to the next run; Enter: its page; ' +
  '+ and −: zoom; 0: the whole; Escape: let go.';

/**
 * A plot in a place. `show` takes a model: axes `x` and `y` with titles, `panels` of series, each with `id`, `colour`,
 * `line` and `dots` placed on the axes. `words(series, index, isDot)` says lines for a point, `open(series)` is what a
 * click does, `lit(id or null)` hears what is pointed at.
 */
export function plotIn(place, { name, words, open = () => {}, lit: heard = () => {} }) {
  const below = element('canvas', { 'aria-hidden': 'true' });
  const above = element('canvas', { 'aria-hidden': 'true', 'className': 'above' });
  const tip = element('div', { 'className': 'tip', 'hidden': true, 'aria-hidden': 'true' });
  const whole = element('button', { type: 'button', className: 'whole', hidden: true }, 'Show the whole');
  const said = element('output', { 'className': 'unseen', 'aria-live': 'polite' });
  const stage = element(
    'div',
    {
      'className': 'stage',
      'tabIndex': 0,
      'role': 'application',
      'aria-roledescription': 'chart',
      'aria-label': `${name}. ${help}`,
    },
    below,
    above,
    tip,
  );
  place.replaceChildren(stage, whole, said);
  let model = null;
  let zoom = null;
  let view = null; // the model with the axes as they are seen
  let boxes = [];
  let lit = null;
  let drag = null;
  let due = 0;

  const redraw = () => {
    due ||= requestAnimationFrame(draw);
  };
  new ResizeObserver(redraw).observe(stage);
  watchDensity(redraw);

  function draw() {
    due = 0;
    if (!model || !stage.clientWidth) return;
    view = zoom ? { ...model, x: seen(model.x, zoom.x), y: seen(model.y, zoom.y) } : model;
    const began = performance.now();
    boxes = paint(
      fit(below, { alpha: false, willReadFrequently: true }),
      stage.clientWidth,
      stage.clientHeight,
      view,
      look(),
    );
    place.dataset.drawn = (performance.now() - began).toFixed(2); // ms, for who measures
    drawLit();
  }

  function drawLit() {
    if (!view) return;
    const context = fit(above);
    below.classList.toggle('dim', Boolean(lit));
    whole.hidden = !zoom;
    paintWords(context, stage.clientWidth, stage.clientHeight, boxes, view, look());
    if (lit) paintLit(context, boxes[lit.panel], view, lit.series, lit, look());
    if (drag?.box) outline(context, drag.box);
  }

  function outline(context, { x, y, width, height }) {
    context.strokeStyle = look().ink;
    context.setLineDash([4, 3]);
    context.strokeRect(x + 0.5, y + 0.5, width, height);
    context.setLineDash([]);
  }

  function fit(canvas, kind) {
    const density = devicePixelRatio || 1;
    const [width, height] = [Math.round(stage.clientWidth * density), Math.round(stage.clientHeight * density)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d', kind);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, stage.clientWidth, stage.clientHeight);
    return context;
  }

  function look() {
    const style = getComputedStyle(stage);
    const of = property => style.getPropertyValue(property);
    return { ink: of('--ink'), soft: of('--soft'), line: of('--line'), paper: of('--paper'), font: style.fontFamily };
  }

  const panelAt = (x, y) =>
    boxes.findIndex(b => x >= b.x - 4 && x <= b.x + b.width + 4 && y >= b.y - 4 && y <= b.y + b.height + 4);

  /** The point nearest to a place: of dots and lines of every series of the panel there. */
  function nearest(x, y) {
    const panel = panelAt(x, y);
    if (panel < 0) return null;
    const box = boxes[panel];
    const [kx, ky] = [box.width / (view.x.to - view.x.from), box.height / (view.y.to - view.y.from)];
    let best = reach * reach;
    let found = null;
    for (const series of view.panels[panel].series) {
      for (const isDot of [false, true]) {
        const points = isDot ? series.dots : series.line;
        if (!points) continue;
        for (let i = 0; i < points.x.length; i++) {
          const dx = box.x + (points.x[i] - view.x.from) * kx - x;
          const dy = box.y + box.height - (points.y[i] - view.y.from) * ky - y;
          if (dx * dx + dy * dy < best) [best, found] = [dx * dx + dy * dy, { panel, series, at: i, isDot }];
        }
      }
    }
    return found;
  }

  function point(next, aloud = false) {
    const changed = next?.series.id !== lit?.series.id;
    lit = next;
    if (changed) heard(lit?.series.id ?? null);
    tip.hidden = !lit;
    if (lit) {
      const lines = words(lit.series, lit.at, lit.isDot);
      tip.replaceChildren(...lines.map((line, i) => element(i ? 'div' : 'strong', {}, line)));
      const spot = spotOf(lit);
      tip.style.left = `${Math.max(4, Math.min(spot.x + 14, stage.clientWidth - tip.offsetWidth - 4))}px`;
      const high = spot.y - tip.offsetHeight - 12;
      tip.style.top = `${high < 0 ? Math.min(spot.y + 14, stage.clientHeight - tip.offsetHeight) : high}px`;
      if (aloud) tell(said, lines.join('; '));
    }
    drawLit();
  }

  function spotOf({ panel, series, at, isDot }) {
    const [box, points] = [boxes[panel], isDot ? series.dots : series.line];
    return {
      x: box.x + ((points.x[at] - view.x.from) / (view.x.to - view.x.from)) * box.width,
      y: box.y + box.height - ((points.y[at] - view.y.from) / (view.y.to - view.y.from)) * box.height,
    };
  }

  stage.addEventListener('pointermove', event => {
    const [x, y] = [event.offsetX, event.offsetY];
    if (!drag) return point(nearest(x, y));
    const box = boxes[drag.panel];
    const [left, right] = [drag.x, x].map(v => Math.max(box.x, Math.min(box.x + box.width, v))).sort((a, b) => a - b);
    const [top, bottom] = [drag.y, y].map(v => Math.max(box.y, Math.min(box.y + box.height, v))).sort((a, b) => a - b);
    drag.box =
      right - left > 8 && bottom - top > 8 ? { x: left, y: top, width: right - left, height: bottom - top } : null;
    point(null);
  });
  stage.addEventListener('pointerleave', () => {
    if (!drag) point(null);
  });
  stage.addEventListener('pointerdown', event => {
    const panel = panelAt(event.offsetX, event.offsetY);
    if (event.button !== 0 || panel < 0) return;
    if (event.pointerType === 'touch') return point(nearest(event.offsetX, event.offsetY));
    drag = { x: event.offsetX, y: event.offsetY, panel, box: null };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener('pointerup', event => {
    const dragged = drag;
    drag = null;
    if (dragged?.box) zoomTo(dragged.box, boxes[dragged.panel]);
    else if (dragged && lit) open(lit.series);
    else if (event.pointerType !== 'touch') drawLit();
  });
  stage.addEventListener('dblclick', () => {
    zoom = null;
    redraw();
  });
  stage.addEventListener('blur', () => point(null));
  stage.addEventListener('keydown', key);
  whole.addEventListener('click', () => {
    zoom = null;
    stage.focus();
    redraw();
  });

  function zoomTo(cut, box) {
    const across = share => view.x.from + share * (view.x.to - view.x.from);
    const up = share => view.y.from + share * (view.y.to - view.y.from);
    zoom = {
      x: [across((cut.x - box.x) / box.width), across((cut.x + cut.width - box.x) / box.width)],
      y: [up(1 - (cut.y + cut.height - box.y) / box.height), up(1 - (cut.y - box.y) / box.height)],
    };
    lit = null;
    redraw();
  }

  function key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !view) return;
    const done = walk(event.key, event.shiftKey ? 10 : 1) ?? resize(event.key);
    if (done) event.preventDefault();
  }

  function walk(pressed, by) {
    const along = { ArrowLeft: -by, ArrowRight: by, Home: -1e9, End: 1e9 }[pressed];
    const across = { ArrowUp: 1, ArrowDown: -1 }[pressed];
    if (along == null && !across) {
      if (pressed === 'Enter' && lit) return open(lit.series), true;
      if (pressed === 'Escape' && lit) return point(null), true;
      return null;
    }
    if (!lit) return point(begin(), true), true;
    if (along != null) {
      const points = lit.isDot ? lit.series.dots : lit.series.line;
      point({ ...lit, at: Math.max(0, Math.min(points.x.length - 1, lit.at + along)) }, true);
    } else {
      const all = ranked();
      const at = all.findIndex(s => s.series === lit.series);
      point(last(all[Math.max(0, Math.min(all.length - 1, at + across))]), true);
    }
    return true;
  }

  const last = ({ panel, series }) => {
    const isDot = !series.line?.x.length;
    return { panel, series, isDot, at: (isDot ? series.dots : series.line).x.length - 1 };
  };
  const ranked = () =>
    view.panels
      .flatMap((p, panel) => p.series.map(series => ({ panel, series })))
      .filter(({ series }) => series.line?.x.length || series.dots?.x.length)
      .map(s => ({ ...s, end: end(s.series) }))
      .sort((a, b) => a.panel - b.panel || a.end - b.end);
  const end = series => (series.line?.x.length ? series.line.y.at(-1) : series.dots.y.at(-1));
  const begin = () => (ranked().length ? last(ranked()[0]) : null);

  function resize(pressed) {
    if (pressed === '0') zoom = null;
    else if (pressed === '+' || pressed === '-') {
      const factor = pressed === '+' ? 0.5 : 2;
      const [points, i] = lit ? [lit.isDot ? lit.series.dots : lit.series.line, lit.at] : [null, 0];
      const around = (a, middle) => [middle - ((a.to - a.from) / 2) * factor, middle + ((a.to - a.from) / 2) * factor];
      zoom = {
        x: around(view.x, points ? points.x[i] : (view.x.from + view.x.to) / 2),
        y: around(view.y, points ? points.y[i] : (view.y.from + view.y.to) / 2),
      };
      if (zoom.x[1] - zoom.x[0] >= model.x.to - model.x.from) zoom = null;
    } else return null;
    redraw();
    return true;
  }

  return {
    show(next) {
      if (next.key !== model?.key) zoom = null;
      model = next;
      if (lit) {
        const panel = next.panels.findIndex(p => p.series.some(s => s.id === lit.series.id));
        const series = next.panels[panel]?.series.find(s => s.id === lit.series.id);
        const points = lit.isDot ? series?.dots : series?.line;
        lit = points && lit.at < points.x.length ? { ...lit, panel, series } : null;
        tip.hidden = !lit;
      }
      redraw();
    },
    redraw,
    /** Lights a run's curve up from outside, such as from its row. */
    light(id) {
      if (!view || document.activeElement === stage) return;
      const found = id && ranked().find(s => s.series.id === id);
      lit = found ? last(found) : null;
      drawLit();
    },
  };
}

const seen = (whole, [from, to]) => axis(from, to, whole.log, whole.words);

function watchDensity(changed) {
  const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  query.addEventListener(
    'change',
    () => {
      changed();
      watchDensity(changed);
    },
    { once: true },
  );
}
