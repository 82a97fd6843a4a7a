// Makes a drawn figure answer: a tooltip names what is under the pointer and dims the rest, entries of the key hide and show their series, and each panel
// zooms and pans. The SVG says in data-live where its panels, marks and dots are. A figure drawn anew in the same place keeps what was hidden and zoomed.
'use strict';
function liveFigure(place) {
  const svg = place.querySelector('svg[data-live]');
  const { panels, marks, dots, texts } = JSON.parse(svg.dataset.live);
  const kept = place.keptView ??= { hidden: new Set(), views: [] };
  const make = (name, attributes, parent = svg) => {
    const made = document.createElementNS(svg.namespaceURI, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    return parent.appendChild(made);
  };
  const groups = [...svg.querySelectorAll('[data-mark]')];
  const keys = [...svg.querySelectorAll('.key')];
  const seriesOf = group => group.dataset.series.split(' ').filter(s => s !== '');
  const isOff = group => seriesOf(group).some(s => kept.hidden.has(names[s]));
  const names = {};
  for (const key of keys) names[key.dataset.series] = key.textContent;

  // The tooltip, and what is lit.
  place.querySelectorAll('.tip, .tools').forEach(old => old.remove());
  const tip = place.appendChild(Object.assign(document.createElement('div'), { className: 'tip', hidden: true }));
  tip.setAttribute('role', 'status');
  const ring = make('circle', { r: 6, class: 'ring', visibility: 'hidden' });
  let lit = null;
  function light(isLit) {
    lit = null;
    svg.classList.toggle('dim', isLit !== null);
    if (isLit) groups.forEach((group, i) => group.classList.toggle('lit', isLit(group, i)));
  }
  function lightMark(mark) {
    if (lit === mark) return;
    const [item] = marks[mark], own = seriesOf(groups[mark]);
    light((group, i) => item >= 0 ? marks[i][0] === item : own.length === 0 ? i === mark : own.every(s => seriesOf(group).includes(s)));
    lit = mark;
  }
  function leave() {
    tip.hidden = true;
    ring.setAttribute('visibility', 'hidden');
    light(null);
  }
  function say(text, x, y) {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    tip.textContent = text;
    tip.hidden = false;
    const left = x * scale + 12, room = place.clientWidth + place.scrollLeft - tip.offsetWidth;
    tip.style.left = `${left <= room ? left : Math.max(0, x * scale - 12 - tip.offsetWidth)}px`;
    tip.style.top = `${y * scale + 12}px`;
  }

  // A view is (scale, shift) of each axis: where a place of the drawing is shown.
  const views = panels.map((_, i) => kept.views[i] ??= { kx: 1, ky: 1, tx: 0, ty: 0 });
  const shown = (view, x, y) => [x * view.kx + view.tx, y * view.ky + view.ty];
  const inside = ([px, py, w, h], x, y) => x >= px - 1 && x <= px + w + 1 && y >= py - 1 && y <= py + h + 1;
  function at(event) {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }
  function point(event) {
    const [x, y] = at(event);
    let best = null, near = 12 * 12;
    for (const [dx, dy, mark, about, place] of dots) {
      const panel = marks[mark][1], [sx, sy] = shown(views[panel], dx, dy), far = (sx - x) ** 2 + (sy - y) ** 2;
      if (far < near && inside(panels[panel], sx, sy) && !isOff(groups[mark])) [near, best] = [far, { mark, about, place, x: sx, y: sy }];
    }
    if (best) {
      ring.setAttribute('cx', best.x);
      ring.setAttribute('cy', best.y);
      ring.setAttribute('visibility', 'visible');
      say([texts[marks[best.mark][2]], texts[best.about], best.place].filter(Boolean).join('\n'), best.x, best.y);
      lightMark(best.mark);
      return;
    }
    // No dot is near: a line, where the pointer is within some pixels of one.
    for (const [ox, oy] of [[0, 0], [0, -2], [0, 2], [-2, 0], [2, 0]]) {
      const hit = document.elementsFromPoint(event.clientX + ox, event.clientY + oy).map(e => e.closest('[data-mark]'))
        .find(group => group && svg.contains(group) && texts[marks[group.dataset.mark][2]]);
      if (!hit) continue;
      ring.setAttribute('visibility', 'hidden');
      say(texts[marks[hit.dataset.mark][2]], x, y);
      lightMark(+hit.dataset.mark);
      return;
    }
    leave();
  }

  // Series on and off.
  function showSeries() {
    for (const group of groups) group.classList.toggle('off', isOff(group));
    for (const key of keys) key.setAttribute('aria-pressed', String(!kept.hidden.has(key.textContent)));
  }
  for (const key of keys) {
    const own = key.dataset.series, box = key.getBBox();
    if (!groups.some(group => seriesOf(group).includes(own))) continue;
    make('rect', { x: box.x - 3, y: box.y - 3, width: box.width + 6, height: box.height + 6, fill: 'transparent' }, key);
    for (const [name, value] of [['role', 'button'], ['tabindex', '0'], ['aria-label', `show ${key.textContent}`]]) key.setAttribute(name, value);
    const toggle = () => {
      kept.hidden.has(key.textContent) ? kept.hidden.delete(key.textContent) : kept.hidden.add(key.textContent);
      leave();
      showSeries();
    };
    key.addEventListener('click', toggle);
    key.addEventListener('keydown', event => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      toggle();
    });
    key.addEventListener('pointerenter', () => light(group => seriesOf(group).includes(own)));
    key.addEventListener('pointerleave', leave);
  }
  showSeries();

  // Zoom and pan: marks move by a transform and keep their thickness; ticks are made anew.
  const raised = n => [...String(n)].map(c => c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]).join('');
  function ticks([isLog, low, high], from, to) {
    const value = share => isLog ? low * (high / low) ** share : low + share * (high - low);
    const [a, b] = [value(from), value(to)], made = [];
    if (isLog && b / a >= 10) {
      for (let e = Math.ceil(Math.log10(a)); 10 ** e <= b; e += Math.ceil(Math.log10(b / a) / 8)) made.push([10 ** e, `10${raised(e)}`]);
    } else {
      const rough = (b - a) / 5, power = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 5, 10].map(d => d * power).find(s => s >= rough);
      for (let i = Math.ceil(a / step); i * step <= b; i++) made.push([i * step, String(+(i * step).toPrecision(6)).replace('-', '−')]);
    }
    return made.map(([v, label]) => [isLog ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low), label]);
  }
  function showView(i) {
    const [px, py, w, h, xAxis, yAxis] = panels[i], view = views[i], isWhole = view.kx === 1 && view.ky === 1 && view.tx === 0 && view.ty === 0;
    const axes = svg.querySelector(`.axes[data-panel="${i}"]`), layer = svg.querySelector(`.marks[data-panel="${i}"]`);
    layer.setAttribute('transform', `matrix(${view.kx} 0 0 ${view.ky} ${view.tx} ${view.ty})`);
    layer.classList.toggle('zoomed', !isWhole);
    layer.style.setProperty('--small-x', 1 / view.kx);
    layer.style.setProperty('--small-y', 1 / view.ky);
    svg.querySelector(`.own-axes[data-panel="${i}"]`)?.remove();
    axes.style.display = isWhole ? '' : 'none';
    if (isWhole) return;
    const own = make('g', { class: 'own-axes', 'data-panel': i, 'font-size': 10, fill: '#222' });
    axes.after(own);
    const line = (x1, y1, x2, y2, stroke, width) => make('line', { x1, y1, x2, y2, stroke, 'stroke-width': width }, own);
    const write = (x, y, anchor, text) => { make('text', { x, y, 'text-anchor': anchor }, own).textContent = text; };
    const share = (shownAt, k, t, start, length) => ((shownAt - t) / k - start) / length;
    for (const [s, label] of ticks(xAxis, share(px, view.kx, view.tx, px, w), share(px + w, view.kx, view.tx, px, w))) {
      const [x] = shown(view, px + s * w, 0);
      line(x, py, x, py + h, '#e6e6e6', .6);
      line(x, py + h, x, py + h + 5, '#222', .7);
      write(x, py + h + 16, 'middle', label);
    }
    for (const [s, label] of yAxis[3] ? ticks(yAxis, 1 - share(py + h, view.ky, view.ty, py, h), 1 - share(py, view.ky, view.ty, py, h)) : []) {
      const y = shown(view, 0, py + (1 - s) * h)[1];
      line(px, y, px + w, y, '#e6e6e6', .6);
      line(px - 5, y, px, y, '#222', .7);
      write(px - 10, y + 3.6, 'end', label);
    }
    line(px, py, px, py + h, '#222', .8);
    line(px, py + h, px + w, py + h, '#222', .8);
  }
  function zoom(i, factor, x, y) {
    const yAxis = panels[i][5], view = views[i];
    const kx = Math.min(200, Math.max(1, view.kx * factor)), ky = yAxis[3] ? kx : 1;
    view.tx = x - (x - view.tx) * kx / view.kx;
    view.ty = y - (y - view.ty) * ky / view.ky;
    [view.kx, view.ky] = [kx, ky];
    hold(i);
    leave();
    showView(i);
  }
  // The drawing never leaves its panel empty.
  function hold(i) {
    const [px, py, w, h] = panels[i], view = views[i];
    view.tx = Math.min(px - px * view.kx, Math.max(px + w - (px + w) * view.kx, view.tx));
    view.ty = Math.min(py - py * view.ky, Math.max(py + h - (py + h) * view.ky, view.ty));
  }
  function reset(i) {
    Object.assign(views[i], { kx: 1, ky: 1, tx: 0, ty: 0 });
    showView(i);
  }
  const panelAt = (x, y) => panels.findIndex(panel => inside(panel, x, y));
  let drag = null;
  svg.addEventListener('pointerdown', event => {
    const [x, y] = at(event), i = panelAt(x, y);
    if (i < 0 || event.button !== 0 || views[i].kx === 1) return;
    drag = { i, x, y, tx: views[i].tx, ty: views[i].ty };
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', event => {
    if (!drag) return event.target.closest('.key') ? undefined : point(event);
    const [x, y] = at(event);
    Object.assign(views[drag.i], { tx: drag.tx + x - drag.x, ty: drag.ty + y - drag.y });
    hold(drag.i);
    showView(drag.i);
  });
  for (const end of ['pointerup', 'pointercancel']) svg.addEventListener(end, () => { drag = null; });
  svg.addEventListener('pointerleave', leave);
  svg.addEventListener('dblclick', event => {
    const i = panelAt(...at(event));
    if (i >= 0) reset(i);
  });
  // The wheel alone scrolls the page; with Ctrl, as fingers on a touchpad send it, it zooms.
  svg.addEventListener('wheel', event => {
    const [x, y] = at(event), i = panelAt(x, y);
    if (i < 0 || !event.ctrlKey) return;
    event.preventDefault();
    zoom(i, Math.exp(-event.deltaY / 200), x, y);
  }, { passive: false });
  const tools = place.appendChild(Object.assign(document.createElement('div'), { className: 'tools' }));
  const middle = i => [panels[i][0] + panels[i][2] / 2, panels[i][1] + panels[i][3] / 2];
  for (const [sign, words, act] of [
    ['+', 'Zoom in', i => zoom(i, 1.5, ...middle(i))], ['−', 'Zoom out', i => zoom(i, 1 / 1.5, ...middle(i))], ['1:1', 'Whole figure', reset]]) {
    const button = tools.appendChild(Object.assign(document.createElement('button'), { type: 'button', textContent: sign, title: words, ariaLabel: `${sign} ${words}` }));
    button.addEventListener('click', () => panels.forEach((_, i) => act(i)));
  }
  panels.forEach((_, i) => showView(i));
  place.dataset.live = 'yes';
}
