// Curves as pixels. A canvas without a GPU takes a second to stroke 200 curves of 1,000 points at two pixels a CSS pixel; this takes milliseconds,
// because a curve goes from left to right: in each column of pixels it is one span, smooth at its two ends. Plain loops: they are all of the cost.

/** An image to draw into, from what a context gave; opaque. */
export const imageOf = ({ data, width, height }) => ({ data, whole: new Uint32Array(data.buffer), width, height });

/** A colour, [red, green, blue], as both kinds of write want it. */
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
export const colourOf = ([red, green, blue]) => ({
  red, green, blue, whole: littleEndian ? (255 << 24 | blue << 16 | green << 8 | red) >>> 0 : (red << 24 | green << 16 | blue << 8 | 255) >>> 0,
});

/** Draws a curve: placed points, the scale and origin in the image's pixels, a colour, a thickness in the image's pixels. */
export function rasterLine(image, points, place, colour, thickness) {
  const { low, high, first, last } = spansOf(points.x, points.y, place, image.width);
  const half = thickness / 2;
  const wide = Math.max(0, Math.floor((thickness - 1) / 2)); // columns to either side, so that steep parts are as thick
  const end = Math.min(image.width - 1, last + wide);
  for (let column = Math.max(0, first - wide); column <= end; column++) {
    let top = Infinity;
    let bottom = -Infinity;
    for (let c = Math.max(first, column - wide); c <= column + wide && c <= last; c++) {
      if (low[c] < top) top = low[c];
      if (high[c] > bottom) bottom = high[c];
    }
    if (top <= bottom) fillSpan(image, column, Math.max(top - half, -1), Math.min(bottom + half, image.height + 1), colour);
  }
  low.fill(Infinity, first, last + 1);
  high.fill(-Infinity, first, last + 1);
}

const kept = { low: new Float64Array(0), high: new Float64Array(0), first: 0, last: 0 };

/** The lowest and highest place of the curve in each column of pixels that it goes through. */
function spansOf(xs, ys, { kx, ky, x0, y0 }, width) {
  if (kept.low.length < width) Object.assign(kept, { low: new Float64Array(width).fill(Infinity), high: new Float64Array(width).fill(-Infinity) });
  const { low, high } = kept;
  let x = x0 + xs[0] * kx;
  let y = y0 + ys[0] * ky;
  let column = Math.floor(x);
  let first = width;
  let last = -1;
  for (let i = 0; i < xs.length; i++) {
    const nextX = x0 + xs[i] * kx;
    const nextY = y0 + ys[i] * ky;
    const next = Math.floor(nextX);
    if (next > column && next >= 0 && column < width) {
      const slope = (nextY - y) / (nextX - x);
      const to = next < width ? next : width;
      for (let c = column < 0 ? 0 : column + 1; c <= to; c++) {
        const border = y + (c - x) * slope;
        if (c > 0) {
          if (border < low[c - 1]) low[c - 1] = border;
          if (border > high[c - 1]) high[c - 1] = border;
          if (c - 1 < first) first = c - 1;
          if (c - 1 > last) last = c - 1;
        }
        if (c < width) {
          if (border < low[c]) low[c] = border;
          if (border > high[c]) high[c] = border;
          if (c < first) first = c;
          if (c > last) last = c;
        }
      }
    }
    if (next >= 0 && next < width) {
      if (nextY < low[next]) low[next] = nextY;
      if (nextY > high[next]) high[next] = nextY;
      if (next < first) first = next;
      if (next > last) last = next;
    }
    if (next >= width) break;
    x = nextX;
    y = nextY;
    column = next;
  }
  if (last < first) first = last + 1;
  kept.first = first;
  kept.last = last;
  return kept;
}

function fillSpan(image, column, top, bottom, colour) {
  const first = Math.floor(top);
  const last = Math.floor(bottom);
  if (first === last) return blend(image, column, first, colour, bottom - top);
  blend(image, column, first, colour, first + 1 - top);
  const width = image.width;
  const whole = image.whole;
  const end = (last < image.height ? last : image.height) * width;
  for (let at = (first < 0 ? 0 : first + 1) * width + column; at < end; at += width) whole[at] = colour.whole;
  blend(image, column, last, colour, bottom - last);
}

function blend(image, column, row, colour, part) {
  if (row < 0 || row >= image.height) return;
  const at = (row * image.width + column) * 4;
  const data = image.data;
  data[at] += (colour.red - data[at]) * part;
  data[at + 1] += (colour.green - data[at + 1]) * part;
  data[at + 2] += (colour.blue - data[at + 2]) * part;
}

/** Draws a disc at each point. */
export function rasterDots(image, { x: xs, y: ys }, { kx, ky, x0, y0 }, colour, radius) {
  for (let i = 0; i < xs.length; i++) {
    const x = x0 + xs[i] * kx;
    const y = y0 + ys[i] * ky;
    if (!(x > -radius && x < image.width + radius && y > -radius && y < image.height + radius)) continue;
    const right = Math.min(image.width - 1, x + radius);
    for (let row = Math.floor(y - radius); row <= y + radius; row++) {
      for (let column = Math.max(0, Math.floor(x - radius)); column <= right; column++) {
        const dx = column + 0.5 - x;
        const dy = row + 0.5 - y;
        const covered = radius + 0.5 - Math.sqrt(dx * dx + dy * dy);
        if (covered > 0) blend(image, column, row, colour, covered < 1 ? covered : 1);
      }
    }
  }
}
