// Draws a plot's model with a 2D context: panels with grids, curves and dots, what is lit, and the words around them.

import { colourOf, imageOf, rasterDots, rasterLine } from './raster.js';

const edge = { left: 56, right: 14, top: 8, bottom: 40 };
const gap = 14; // between panels

/** Draws grids and curves on an opaque canvas; the boxes of the panels, CSS pixels. */
export function paint(context, width, height, model, look) {
  const boxes = layout(width, height, model.panels);
  context.fillStyle = look.paper;
  context.fillRect(0, 0, width, height);
  model.panels.forEach((panel, i) => {
    lines(context, boxes[i], model, look);
    curves(context, boxes[i], model, panel.series);
  });
  return boxes;
}

/** Writes what ticks, axes and panels are called: above the curves, which may be dimmed. */
export function paintWords(context, width, height, boxes, model, look) {
  context.font = `11px ${look.font}`;
  for (const box of boxes) ticks(context, box, model, look.soft);
  context.font = `bold 12px ${look.font}`;
  model.panels.forEach(({ title }, i) => {
    if (title != null)
      write(context, shorten(context, title, boxes[i].width), boxes[i].x, boxes[i].y - 5, 'left', look.ink);
  });
  context.font = `12px ${look.font}`;
  write(context, model.xTitle, edge.left + (width - edge.left - edge.right) / 2, height - 6, 'center', look.ink);
  context.save();
  context.translate(13, edge.top + (height - edge.top - edge.bottom) / 2);
  context.rotate(-Math.PI / 2);
  write(context, model.yTitle, 0, 0, 'center', look.ink);
  context.restore();
}

function curves(context, box, model, all) {
  const density = context.getTransform().a;
  const [left, top] = [Math.floor((box.x - 1) * density), Math.floor((box.y - 1) * density)];
  const pixels = context.getImageData(
    left,
    top,
    Math.ceil((box.width + 2) * density),
    Math.ceil((box.height + 2) * density),
  );
  const image = imageOf(pixels);
  const [kx, ky] = [
    (box.width / (model.x.to - model.x.from)) * density,
    (-box.height / (model.y.to - model.y.from)) * density,
  ];
  const place = {
    kx,
    ky,
    x0: box.x * density - left - model.x.from * kx,
    y0: (box.y + box.height) * density - top - model.y.from * ky,
  };
  const thin = all.length > 60;
  const colours = new Map();
  const parts = series => {
    if (!colours.has(series.colour)) colours.set(series.colour, colourOf(redGreenBlue(context, series.colour)));
    return colours.get(series.colour);
  };
  for (const series of all) {
    const points = series.line;
    if (points?.x.length > 1) rasterLine(image, points, place, parts(series), (thin ? 1 : 1.5) * density, thin ? 1 : 3);
    else if (points?.x.length) rasterDots(image, points, place, parts(series), 1.5 * density); // a curve's first point
  }
  for (const series of all)
    if (series.dots) rasterDots(image, series.dots, place, parts(series), (thin ? 1.75 : 2.5) * density);
  context.putImageData(pixels, left, top);
}

function redGreenBlue(context, colour) {
  context.fillStyle = colour; // which a context writes as #rrggbb
  return [1, 3, 5].map(at => parseInt(context.fillStyle.slice(at, at + 2), 16));
}

/** Draws one series thick, and a ring where it is pointed at. */
export function paintLit(context, box, model, series, { at, isDot }, look) {
  context.save();
  context.beginPath();
  context.rect(box.x - 6, box.y - 6, box.width + 12, box.height + 12);
  context.clip();
  context.lineJoin = 'round';
  if (series.line?.x.length) {
    [context.strokeStyle, context.lineWidth] = [look.paper, 5];
    trace(context, series.line, box, model);
    [context.strokeStyle, context.lineWidth] = [series.colour, 2.5];
    trace(context, series.line, box, model);
  }
  if (series.dots) dots(context, series.colour, series.dots, box, model, 4);
  const points = isDot ? series.dots : series.line;
  if (points && at < points.x.length) {
    context.beginPath();
    context.arc(across(points.x[at], box, model), up(points.y[at], box, model), 6, 0, 2 * Math.PI);
    [context.strokeStyle, context.lineWidth] = [look.ink, 2];
    context.stroke();
  }
  context.restore();
}

const across = (x, box, model) => box.x + ((x - model.x.from) / (model.x.to - model.x.from)) * box.width;
const up = (y, box, model) => box.y + box.height - ((y - model.y.from) / (model.y.to - model.y.from)) * box.height;

function layout(width, height, panels) {
  const named = panels.length > 1;
  const columns = Math.min(panels.length, Math.max(1, Math.round(Math.sqrt((panels.length * width) / (height * 1.4)))));
  const rows = Math.ceil(panels.length / columns);
  const [inner, tall] = [width - edge.left - edge.right, height - edge.top - edge.bottom];
  const head = named ? 18 : 0;
  const [w, h] = [(inner - gap * (columns - 1)) / columns, (tall - gap * (rows - 1)) / rows - head];
  return panels.map((panel, i) => ({
    x: edge.left + (i % columns) * (w + gap),
    y: edge.top + Math.floor(i / columns) * (h + head + gap) + head,
    width: w,
    height: h,
    isLeft: i % columns === 0,
    isBottom: i + columns >= panels.length,
  }));
}

const within = (at, from, size) => at >= from - 1 && at <= from + size + 1;

function lines(context, box, model, look) {
  context.lineWidth = 1;
  const crisp = v => Math.round(v) + 0.5;
  for (const tick of model.x.ticks) {
    const x = crisp(across(tick.at, box, model));
    if (within(x, box.x, box.width)) line(context, x, box.y, x, box.y + box.height, look.line, tick.strong ? 1 : 0.5);
  }
  for (const tick of model.y.ticks) {
    const y = crisp(up(tick.at, box, model));
    if (within(y, box.y, box.height)) line(context, box.x, y, box.x + box.width, y, look.line, tick.strong ? 1 : 0.5);
  }
}

/** Ticks' words where they have room: below the panels that are at the bottom, left of those at the left. */
function ticks(context, box, model, colour) {
  let free = -Infinity;
  for (const tick of box.isBottom ? model.x.ticks : []) {
    const x = across(tick.at, box, model);
    const half = context.measureText(tick.text).width / 2;
    if (!tick.text || !within(x, box.x, box.width) || x - half < free + 6) continue;
    free = x + half;
    write(context, tick.text, x, box.y + box.height + 15, 'center', colour);
  }
  let above = Infinity;
  for (const tick of box.isLeft ? model.y.ticks : []) {
    const y = up(tick.at, box, model);
    if (!tick.text || !within(y, box.y, box.height) || y > above - 13) continue;
    above = y;
    write(context, tick.text, box.x - 6, y + 4, 'right', colour);
  }
}

function shorten(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let kept = text;
  while (kept && context.measureText(`${kept}…`).width > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}

function line(context, x, y, toX, toY, colour, alpha) {
  [context.strokeStyle, context.globalAlpha] = [colour, alpha];
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
  context.globalAlpha = 1;
}

function write(context, text, x, y, align, colour) {
  [context.fillStyle, context.textAlign] = [colour, align];
  context.fillText(text, x, y);
}

function trace(context, { x: xs, y: ys }, box, model) {
  context.beginPath();
  for (let i = 0; i < xs.length; i++) context.lineTo(across(xs[i], box, model), up(ys[i], box, model));
  context.stroke();
}

function dots(context, colour, points, box, model, radius) {
  context.fillStyle = colour;
  context.beginPath();
  for (let i = 0; i < points.x.length; i++) {
    const [x, y] = [across(points.x[i], box, model), up(points.y[i], box, model)];
    if (x < box.x - radius || x > box.x + box.width + radius) continue;
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fill();
}
