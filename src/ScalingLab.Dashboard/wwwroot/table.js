// The runs of a sweep as a table: sorted by any column, filtered by words and states; on a phone each row is a card.
import { classOf, columnsOf, compare, failureWords, flagsOf, foldable } from './columns.js';
import { keyed } from './keyed.js';
import { element, states, tell, titleOf } from './words.js';

const page = 200; // rows shown at a time
const spare = ['tries', 'tokens-s', 'bits-byte', 'tokens', 'N']; // classes of columns, the least needed first

/**
 * The table in a place, its filter in another; `changed` hears that the filter leaves other runs, `pointed(id)` which
 * row is pointed at.
 */
export function tableIn(place, filterPlace, { address, changed, pointed }) {
  let [runs, columns, now] = [[], [], new Date()];
  let sort = { name: 'state', down: false };
  let rows = page;
  let fitted = '';
  const off = new Set();
  const input = element('input', {
    'type': 'search',
    'placeholder': 'words, all of them: model, value, id …',
    'aria-label': 'Filter runs by words',
  });
  const chips = element('div', { 'className': 'chips', 'role': 'group', 'aria-label': 'Filter runs by state' });
  const found = element('output');
  filterPlace.replaceChildren(element('span', { 'aria-hidden': 'true' }, 'Filter'), input, chips, found);
  const [head, foot] = [
    element('tr', { role: 'row' }),
    element('button', { type: 'button', className: 'more', hidden: true }),
  ];
  const table = element(
    'table',
    { className: 'runs', role: 'table' },
    element('caption', {}, 'Runs'),
    element('thead', { role: 'rowgroup' }, head),
  );
  place.replaceChildren(table, foot);

  input.addEventListener('input', () => {
    rows = page;
    changed();
  });
  foot.addEventListener('click', () => {
    rows = Infinity;
    draw();
  });
  for (const [event, of] of [
    ['pointerover', e => e.target],
    ['focusin', e => e.target],
    ['pointerleave', () => null],
    ['focusout', () => null],
  ]) {
    table.addEventListener(event, e => pointed(of(e)?.closest?.('tbody')?.dataset.run ?? null));
  }

  function drawHead() {
    keyed(
      head,
      columns,
      c => c.name,
      c => {
        const button = element('button', { type: 'button' }, ...foldable(c.name));
        button.addEventListener('click', () => {
          sort = { name: c.name, down: sort.name === c.name && !sort.down };
          draw();
        });
        return element(
          'th',
          { scope: 'col', role: 'columnheader', className: c.number ? 'n' : '', title: c.title },
          button,
        );
      },
      (cell, c) => {
        cell.classList.add(classOf(c));
        cell.classList.toggle('long', c.name.length > 16);
        if (c.name === sort.name) cell.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
        else cell.removeAttribute('aria-sort');
      },
    );
  }

  function fill(group, run) {
    const failed = run.failure ? failureWords(run) : '';
    const row = group.firstElementChild;
    keyed(
      row,
      columns,
      c => c.name,
      c =>
        element(c.isRow ? 'th' : 'td', {
          role: c.isRow ? 'rowheader' : 'cell',
          scope: c.isRow ? 'row' : null,
          className: `${c.number ? 'n ' : ''}${classOf(c)}`,
        }),
      (cell, c) => {
        if (cell.dataset.label !== c.name) cell.dataset.label = c.name;
        if (c.show) c.show(cell, run);
        else tell(cell, c.text(run));
        cell.classList.toggle('short', cell.textContent.length <= 16);
        cell.classList.toggle('empty', !cell.textContent);
      },
    );
    const note = group.children[1];
    note.hidden = !failed;
    note.firstElementChild.colSpan = columns.length;
    tell(note.firstElementChild.firstElementChild, failed);
  }

  function makeRow(run) {
    const group = element(
      'tbody',
      { role: 'rowgroup' },
      element('tr', { role: 'row' }),
      element('tr', { role: 'row', className: 'failure' }, element('td', { role: 'cell' }, element('span'))),
    );
    group.dataset.run = run.id;
    return group;
  }

  function draw() {
    columns = columnsOf(runs, address, now);
    const by = columns.find(c => c.name === sort.name) ?? columns[0];
    const sorted = [...kept()].sort((a, b) => compare(by.sort)(a, b) * (sort.down ? -1 : 1));
    drawHead();
    bodies(sorted.slice(0, rows));
    fit();
    foot.hidden = sorted.length <= rows;
    tell(foot, `Show all ${sorted.length} runs`);
    tell(found, sorted.length === runs.length ? `${runs.length} runs` : `${sorted.length} of ${runs.length} runs`);
  }

  /** Leaves out columns that the run's page has too, until the table is as wide as its place. */
  function fit() {
    const now = `${place.clientWidth} ${columns.map(c => c.name)}`;
    if (fitted !== now) table.classList.remove(...spare.map(name => `without-${name}`));
    fitted = now;
    for (const name of spare) if (table.scrollWidth > place.clientWidth + 1) table.classList.add(`without-${name}`);
  }

  function bodies(list) {
    keyed(
      table,
      [{ id: '' }, { id: ' ' }, ...list],
      r => r.id,
      r => (r.id === '' ? table.caption : r.id === ' ' ? table.tHead : makeRow(r)),
      (node, run) => {
        if (run.model != null) fill(node, run);
      },
    );
  }

  function drawChips() {
    const counts = states.map(s => [s, runs.filter(r => r.state === s).length]).filter(([s, n]) => n > 0 || off.has(s));
    keyed(
      chips,
      counts,
      ([s]) => s,
      ([s]) => {
        const button = element('button', { type: 'button', className: s });
        button.addEventListener('click', () => {
          if (!off.delete(s)) off.add(s);
          changed();
        });
        return button;
      },
      (button, [s, n]) => {
        button.setAttribute('aria-pressed', String(!off.has(s)));
        tell(button, `${n} ${s}`);
      },
    );
  }

  function kept() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    return runs.filter(run => {
      if (off.has(run.state)) return false;
      if (!words.length) return true;
      const all = [titleOf(run), run.id, run.state, run.device, run.node, flagsOf(run), run.failure?.kind];
      const text = all.filter(Boolean).join(' ').toLowerCase();
      return words.every(w => text.includes(w));
    });
  }

  return {
    /** The sweep's runs as they stand; those that the filter leaves. */
    show(all, at) {
      [runs, now] = [all, new Date(at)];
      drawChips();
      draw();
      return kept();
    },
    /** Another sweep: its filter begins anew. */
    clear() {
      off.clear();
      input.value = '';
      rows = page;
      sort = { name: 'state', down: false };
    },
    lit(id) {
      for (const group of table.tBodies) group.classList.toggle('lit', group.dataset.run === id);
    },
  };
}
