// What the curves are to show, as selects; kept in this browser.
import { element } from './words.js';

const scales = [
  [true, 'log'],
  [false, 'linear'],
];
const across = [
  ['flops', 'FLOPs'],
  ['tokens', 'tokens'],
  ['step', 'steps'],
  ['seconds', 'time'],
];
const losses = [
  ['both', 'training and validation'],
  ['training', 'training'],
  ['validation', 'validation'],
];
// Shares of the steps so far.
const shares = [
  [0, 'none'],
  [0.02, '2 %'],
  [0.05, '5 %'],
  [0.1, '10 %'],
  [0.25, '25 %'],
];
const beginning = { x: 'flops', xLog: true, yLog: true, losses: 'both', share: 0, colour: '', panels: '' };

/** The selects in a place; `view` is what is chosen, `changed(key)` hears what was chosen anew. */
export function choicesIn(place, changed) {
  const view = { ...beginning, ...kept() };
  const selects = {
    x: select('Across', across),
    xLog: select('scale across', scales),
    losses: select('Loss', losses),
    yLog: select('scale of the loss', scales),
    share: select('Smoothing', shares),
    colour: select('Colour by', []),
    panels: select('Panels by', []),
  };
  const controls = element('div', { className: 'controls' });
  controls.append(
    control('Across', selects.x, selects.xLog),
    control('Loss', selects.losses, selects.yLog),
    control('Smoothing', selects.share),
    control('Colour by', selects.colour),
    control('Panels by', selects.panels),
  );
  const isPhone = matchMedia('(max-width: 40rem)').matches;
  place.replaceChildren(
    element('details', { open: !isPhone }, element('summary', {}, 'Axes, smoothing and colours'), controls),
  );
  for (const [key, made] of Object.entries(selects)) {
    made.addEventListener('change', () => {
      view[key] = JSON.parse(made.value);
      keep(view);
      changed(key);
    });
  }

  return {
    view,
    /**
     * Fields that runs can be told apart by, by name, and which is the first choice; the one that was chosen stays
     * chosen where it is among them.
     */
    offer(names, first) {
      const options = names.map(name => [name, name]);
      fill(selects.colour, options);
      fill(selects.panels, [['', 'none'], ...options]);
      const shown = { ...view };
      if (!names.includes(view.colour)) shown.colour = first;
      if (!names.includes(view.panels)) shown.panels = '';
      for (const [key, made] of Object.entries(selects)) made.value = JSON.stringify(shown[key]);
    },
  };
}

function select(name, options) {
  const made = element('select', { 'aria-label': name });
  fill(made, options);
  return made;
}

function fill(select, options) {
  const wanted = JSON.stringify(options);
  if (select.filled === wanted) return;
  select.filled = wanted;
  select.replaceChildren(
    ...options.map(([value, words]) => element('option', { value: JSON.stringify(value) }, words)),
  );
}

const control = (words, ...parts) =>
  element('div', { className: 'control' }, element('span', { 'aria-hidden': 'true' }, words), ...parts);

function kept() {
  try {
    const view = JSON.parse(localStorage.getItem('curves')) ?? {};
    return across.some(([x]) => x === view.x) ? view : {};
  } catch {
    return {};
  }
}

function keep(view) {
  try {
    localStorage.setItem('curves', JSON.stringify(view));
  } catch {
    // a browser that keeps nothing
  }
}
