// Numbers, times and elements as a reader has them.

const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** States of a run, in the order of a table: what needs eyes comes first. */
export const states = ['running', 'failed', 'quarantined', 'completed', 'pending', 'cancelled'];

/** 1234567 -> 1.23M; missing stays empty. */
export function count(value) {
  if (value == null) return '';
  for (const [size, letter] of [
    [1e15, 'P'],
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ]) {
    if (Math.abs(value) >= size) return Number((value / size).toPrecision(3)) + letter;
  }
  return String(Number(value.toPrecision(3)));
}

/** 3e10 -> 3×10¹⁰; missing stays empty. */
export function power(value) {
  if (value == null) return '';
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(2).split('e');
  const raised = [...String(Number(exponent))].map(c => (c === '-' ? '⁻' : digits[c])).join('');
  return Number(mantissa) === 1 ? `10${raised}` : `${Number(mantissa)}×10${raised}`;
}

/** A loss with four decimals; missing stays empty. */
export const loss = value => (value == null ? '' : value.toFixed(4));

/** 5400 s -> 1 h 30 min; missing stays empty. */
export function duration(seconds) {
  if (seconds == null) return '';
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole < 600 && whole % 60 ? ` ${whole % 60} s` : ''}`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours < 48) return `${hours} h${minutes ? ` ${minutes} min` : ''}`;
  return `${Math.floor(hours / 24)} d${hours % 24 ? ` ${hours % 24} h` : ''}`;
}

/** A moment on the reader's clock: 05:40 today, else with its day. */
export function clock(time, now = new Date()) {
  if (time == null) return '';
  const at = new Date(time);
  const days = Math.abs(at - now) / 864e5;
  const hour = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (at.toDateString() === now.toDateString()) return hour;
  const day = days < 6 ? { weekday: 'short' } : { day: 'numeric', month: 'short' };
  return `${at.toLocaleDateString('en-GB', day)} ${hour}`;
}

// The ledger's word for a yield that only a resume ends is the last moment that there is.
const isForever = time => new Date(time).getFullYear() > 2200;

/** Until when something yields, in words. */
export const untilWords = (time, now) =>
  isForever(time) ? 'until resumed' : `until ${clock(time, new Date(now))}`;

/** Bytes in binary units. */
export function bytes(value) {
  if (value == null) return '';
  for (const [size, unit] of [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ]) {
    if (value >= size) return `${Number((value / size).toPrecision(3))} ${unit}`;
  }
  return `${value} B`;
}

/** What was used so far, in words: only what is known. */
export function spent(used) {
  if (!used) return '';
  const parts = [];
  if (used.money != null) parts.push(`${used.money.toFixed(2)} ${used.currency ?? ''}`.trim());
  if (used.deviceSeconds) parts.push(`${duration(used.deviceSeconds)} of devices`);
  if (used.flops) parts.push(`${power(used.flops)} FLOPs`);
  if (used.tokens) parts.push(`${count(used.tokens)} tokens`);
  if (used.energyJoules) parts.push(`${Number((used.energyJoules / 3.6e6).toPrecision(3))} kWh`);
  if (used.co2eGrams) parts.push(`${Number((used.co2eGrams / 1000).toPrecision(3))} kg CO₂e`);
  return parts.join(', ');
}

/** A run in words. */
export function titleOf(run) {
  const length = run.budgetFlops != null ? power(run.budgetFlops) : `${count(run.tokens)} tokens`;
  return [run.model, length, ...run.varies.map(v => `${v.field}=${v.value}`), `seed ${run.seed}`].join(' ');
}

/** An element with text or children; text is never read as HTML. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value == null) continue;
    if (name.includes('-') || name === 'role') made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter(c => c != null));
  return made;
}

/** Sets text only where it differs: a live region says nothing twice, a selection survives. */
export function tell(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
