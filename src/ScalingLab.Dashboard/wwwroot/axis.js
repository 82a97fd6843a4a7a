// Axes: from values to a share of an axis's length, and where its ticks are. No drawing.
import { count, power } from './words.js';

/** An axis between two places, which of a logarithmic one are logarithms to base 10. Large ticks are in `words`. */
export function axis(from, to, log, words = count) {
  const ticks = log ? logTicks(from, to) : linearTicks(from, to);
  return {
    log,
    from,
    to,
    words,
    ticks: ticks.map(t => ({ at: t.at, strong: t.strong, text: t.named ? textOf(t.value, t.step, words) : '' })),
  };
}

/** The same with a margin at both ends, as a share of its length. */
export function roomy(low, high, log, words = count, margin = 0.03) {
  const around = high > low ? (high - low) * margin : log ? 0.05 : Math.abs(low) * 0.05 || 1;
  return axis(low - around, high + around, log, words);
}

function linearTicks(from, to, most = 7) {
  const rough = (to - from) / most;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * ten).find(s => s >= rough);
  const ticks = [];
  for (let i = Math.ceil(from / step); i * step <= to * (1 + 1e-12); i++)
    ticks.push({ at: i * step, value: i * step, step, named: true, strong: true });
  return ticks;
}

// Powers of ten; their 2 and 5 where there are few of them; where even those are few, the ticks of a linear axis.
function logTicks(from, to) {
  const decades = to - from;
  if (decades < 0.8)
    return linearTicks(10 ** from, 10 ** to)
      .filter(t => t.value > 0)
      .map(t => ({ ...t, at: Math.log10(t.value) }));
  const skip = Math.max(1, Math.ceil(decades / 9));
  const ticks = [];
  for (let exponent = Math.floor(from); exponent <= to; exponent++) {
    for (let digit = 1; digit < (decades > 6 ? 2 : 10); digit++) {
      const at = exponent + Math.log10(digit);
      if (at < from || at > to) continue;
      const named = digit === 1 ? exponent % skip === 0 : decades < 3.5 && (digit === 2 || digit === 5);
      const value = digit * 10 ** exponent;
      ticks.push({ at, value, step: value, named, strong: digit === 1 });
    }
  }
  return ticks;
}

function textOf(value, step, words) {
  const size = Math.abs(value);
  if (size < step / 1e6) return '0';
  if (size >= 1e15 || size < 1e-3) return power(value);
  if (size >= 1e4) return words(value);
  return String(Number(value.toFixed(Math.max(0, -Math.floor(Math.log10(Math.abs(step)) + 1e-9)))));
}
