// Curves as pixels. A canvas without a GPU takes a second to stroke 200 curves of 1,000 points where a CSS pixel is two
// of the screen's; this takes milliseconds, because a curve goes from left to right: in each column of pixels it is one
// span, smooth at its two ends. Plain loops: they are all of the cost.

/** An image to draw into, from what a context gave; opaque. */
export const imageOf = ({ data, width, height }) => ({ data, whole: new Uint32Array(data.buffer), width, height });

/** A colour, [red, green, blue], as both kinds of write want it. */
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
export const colourOf = ([red, green, blue]) => ({
  red,
  green,
  blue,
  whole: littleEndian
    ? ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
    : ((red << 24) | (green << 16) | (blue << 8) | 255) >>> 0,
});

/**
 * Draws a curve: placed points, the scale and origin in the image's pixels, a colour, a thickness in the image's
 * pixels. Each column is looked at in so many parts: one is fast, three make steep lines as smooth as flat ones.
 */
export function rasterLine(image, points, { kx, ky, x0, y0 }, colour, thickness, parts) {
  const { low, high, first, last } = spansOf(
    points.x,
    points.y,
    { kx: kx * parts, ky, x0: x0 * parts, y0 },
    image.width * parts,
  );
  if (last < first) return;
  const half = thickness / 2;
  // Parts of columns to either side, so that steep lines are thick too; more would make slanting ones too bold.
  const wide = Math.max(0, Math.floor((thickness * parts - 1) / 3));
  const from = Math.max(0, Math.floor((first - wide) / parts));
  const to = Math.min(image.width - 1, Math.floor((last + wide) / parts));
  for (let column = from; column <= to; column++) {
    if (parts > 1) rows.fill(0);
    for (let part = column * parts; part < (column + 1) * parts; part++) {
      let top = Infinity;
      let bottom = -Infinity;
      const end = part + wide < last ? part + wide : last;
      for (let c = part - wide > first ? part - wide : first; c <= end; c++) {
        if (low[c] < top) top = low[c];
        if (high[c] > bottom) bottom = high[c];
      }
      if (!(top <= bottom)) continue;
      top = Math.max(top - half, -1);
      bottom = Math.min(bottom + half, image.height + 1);
      if (parts > 1) addSpan(image, top, bottom, 1 / parts);
      else fillSpan(image, column, top, bottom, colour);
    }
    if (parts > 1) blendRows(image, column, colour);
  }
  low.fill(Infinity, first, last + 1);
  high.fill(-Infinity, first, last + 1);
}

// How much of each pixel of a column is covered, and which rows are at all.
let covered = new Float32Array(0);
const rows = {
  from: 0,
  to: -1,
  fill() {
    [this.from, this.to] = [Infinity, -1];
  },
};

function addSpan(image, top, bottom, share) {
  if (covered.length < image.height) covered = new Float32Array(image.height);
  const first = Math.max(0, Math.floor(top));
  const last = Math.min(image.height - 1, Math.floor(bottom));
  for (let row = first; row <= last; row++) {
    const above = row < top ? top - row : 0;
    const below = row + 1 > bottom ? row + 1 - bottom : 0;
    covered[row] += (1 - above - below) * share;
  }
  if (first < rows.from) rows.from = first;
  if (last > rows.to) rows.to = last;
}

function blendRows(image, column, colour) {
  for (let row = rows.from; row <= rows.to; row++) {
    const part = covered[row];
    covered[row] = 0;
    if (part > 0) blend(image, column, row, colour, part < 1 ? part : 1);
  }
}

const kept = { low: new Float64Array(0), high: new Float64Array(0), first: 0, last: 0 };

/** The lowest and highest place of the curve in each column of pixels that it goes through. */
function spansOf(xs, ys, { kx, ky, x0, y0 }, width) {
  if (kept.low.length < width)
    Object.assign(kept, { low: new Float64Array(width).fill(Infinity), high: new Float64Array(width).fill(-Infinity) });
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
