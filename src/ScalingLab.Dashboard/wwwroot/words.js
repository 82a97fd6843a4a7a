// Numbers as a reader has them.

const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 1234567 -> 1.23M; missing stays empty. */
export function count(value) {
  if (value == null) return '';
  for (const [size, letter] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']]) {
    if (value >= size) return Number((value / size).toPrecision(3)) + letter;
  }
  return String(Number(value.toPrecision(3)));
}

/** 3e10 -> 3×10¹⁰; missing stays empty. */
export function power(value) {
  if (value == null) return '';
  const [mantissa, exponent] = value.toExponential(2).split('e');
  const raised = [...String(Number(exponent))].map(c => c === '-' ? '⁻' : digits[c]).join('');
  return Number(mantissa) === 1 ? `10${raised}` : `${Number(mantissa)}×10${raised}`;
}

/** A loss with four decimals; missing stays empty. */
export const loss = value => value == null ? '' : value.toFixed(4);

/** An element with text or children; text is never read as HTML. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
