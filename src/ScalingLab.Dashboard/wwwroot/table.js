// The runs of a sweep as a table: sorted by any column, filtered by words and states; on a phone each row is a card.
import { keyed } from './keyed.js';
import { clock, count, duration, element, loss, power, states, tell, titleOf } from './words.js';

const page = 200; // rows shown at a time
const spare = ['tries', 'tokens-s', 'bits-byte', 'tokens', 'N']; // classes of columns, the least needed first
const retried = new Set(['pending', 'running']);

/** The table in a place, its filter in another; `changed` hears that the filter leaves other runs, `pointed(id)` which row is pointed at. */
export function tableIn(place, filterPlace, { address, changed, pointed }) {
  let [runs, columns, now] = [[], [], new Date()];
  let sort = { name: 'state', down: false };
  let rows = page;
  let fitted = '';
  const off = new Set();
  const input = element('input', { type: 'search', placeholder: 'words, all of them: model, value, id …', 'aria-label': 'Filter runs by words' });
  const chips = element('div', { className: 'chips', role: 'group', 'aria-label': 'Filter runs by state' });
  const found = element('output');
  filterPlace.replaceChildren(element('span', { 'aria-hidden': 'true' }, 'Filter'), input, chips, found);
  const [head, foot] = [element('tr', { role: 'row' }), element('button', { type: 'button', className: 'more', hidden: true })];
  const table = element('table', { className: 'runs', role: 'table' },
    element('caption', {}, 'Runs'), element('thead', { role: 'rowgroup' }, head));
  place.replaceChildren(table, foot);

  input.addEventListener('input', () => { rows = page; changed(); });
  foot.addEventListener('click', () => { rows = Infinity; draw(); });
  for (const [event, of] of [['pointerover', e => e.target], ['focusin', e => e.target], ['pointerleave', () => null], ['focusout', () => null]]) {
    table.addEventListener(event, e => pointed(of(e)?.closest?.('tbody')?.dataset.run ?? null));
  }

  function columnsOf() {
    const varied = [...new Set(runs.flatMap(r => r.varies.map(v => v.field)))];
    const has = of => runs.some(r => of(r) != null);
    const value = field => run => run.varies.find(v => v.field === field)?.value;
    const order = new Map(runs.map((r, i) => [r.id, i]));
    return [
      { name: 'state', sort: r => states.indexOf(r.state) * 1e6 + order.get(r.id), show: stateCell },
      { name: 'run', sort: r => [r.model, r.parametersWithHead], show: linkCell, isRow: true, by: (a, b) => a.parametersWithHead - b.parametersWithHead },
      { name: 'N', title: 'parameters, blocks and head', number: true, sort: r => r.parametersWithHead, text: r => count(r.parametersWithHead) },
      { name: 'FLOPs', number: true, sort: r => r.budgetFlops ?? r.flops, text: r => power(r.budgetFlops ?? r.flops) },
      { name: 'tokens', number: true, sort: r => r.tokens, text: r => count(r.tokens) },
      ...varied.map(field => ({ name: field, sort: r => numeric(value(field)(r)), text: r => value(field)(r) ?? '' })),
      { name: 'seed', number: true, sort: r => r.seed, text: r => String(r.seed), only: new Set(runs.map(r => r.seed)).size > 1 },
      { name: 'steps', number: true, sort: r => (r.step ?? 0) / r.steps, show: stepsCell },
      { name: 'training', title: 'last training loss, nats/token', number: true, sort: r => r.lossTrain, text: r => loss(r.lossTrain) },
      { name: 'validation', title: 'last validation loss, nats/token', number: true, sort: r => r.lossValidation, text: r => loss(r.lossValidation) },
      { name: 'bits/byte', title: 'of the validation text', number: true, sort: r => r.result?.bitsPerByte, text: r => loss(r.result?.bitsPerByte), only: has(r => r.result) },
      { name: 'tokens/s', number: true, sort: r => r.result?.tokensPerSecond, text: r => count(r.result?.tokensPerSecond), only: has(r => r.result) },
      { name: 'time', title: 'a finished run: how long; a running one: its end; a waiting one: its start', number: true, sort: timeOf, text: timeWords },
      { name: 'tries', number: true, sort: r => r.attempts, text: r => r.attempts > 1 ? String(r.attempts) : '', only: runs.some(r => r.attempts > 1) },
    ].filter(c => c.only !== false);
  }

  const ends = r => r.ends && (r.state === 'running' || r.state === 'pending') ? r.ends : null;

  function timeWords(run) {
    if (run.state === 'running') return ends(run) ? `ends ${clock(run.ends, now)}` : run.began ? `since ${clock(run.began, now)}` : '';
    if (run.state === 'pending') return run.begins ? `from ${clock(run.begins, now)}` : '';
    return run.result ? duration(run.result.wallSeconds) : run.ended ? clock(run.ended, now) : '';
  }

  const timeOf = run => new Date(ends(run) ?? run.begins ?? run.ended ?? 0).getTime();

  function linkCell(cell, run) {
    const link = cell.firstElementChild ?? cell.appendChild(element('a'));
    link.href = address(run);
    link.title = run.id;
    tell(link, run.model);
    link.setAttribute('aria-label', titleOf(run));
  }

  function drawHead() {
    keyed(head, columns, c => c.name, c => {
      const button = element('button', { type: 'button' }, ...foldable(c.name));
      button.addEventListener('click', () => {
        sort = { name: c.name, down: sort.name === c.name && !sort.down };
        draw();
      });
      return element('th', { scope: 'col', role: 'columnheader', className: c.number ? 'n' : '', title: c.title }, button);
    }, (cell, c) => {
      cell.classList.add(classOf(c));
      cell.classList.toggle('long', c.name.length > 16);
      if (c.name === sort.name) cell.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    });
  }

  function fill(group, run) {
    const failed = run.failure ? failureWords(run) : '';
    const row = group.firstElementChild;
    keyed(row, columns, c => c.name, c => element(c.isRow ? 'th' : 'td', {
      role: c.isRow ? 'rowheader' : 'cell', scope: c.isRow ? 'row' : null, className: `${c.number ? 'n ' : ''}${classOf(c)}`,
    }), (cell, c) => {
      if (cell.dataset.label !== c.name) cell.dataset.label = c.name;
      if (c.show) c.show(cell, run);
      else tell(cell, c.text(run));
      cell.classList.toggle('short', cell.textContent.length <= 16);
      cell.classList.toggle('empty', !cell.textContent);
    });
    const note = group.children[1];
    note.hidden = !failed;
    note.firstElementChild.colSpan = columns.length;
    tell(note.firstElementChild.firstElementChild, failed);
  }

  function makeRow(run) {
    const group = element('tbody', { role: 'rowgroup' },
      element('tr', { role: 'row' }),
      element('tr', { role: 'row', className: 'failure' }, element('td', { role: 'cell' }, element('span'))));
    group.dataset.run = run.id;
    return group;
  }

  function draw() {
    columns = columnsOf();
    const by = columns.find(c => c.name === sort.name) ?? columns[0];
    const sorted = [...kept()].sort((a, b) => (by.by ?? compare(by.sort))(a, b) * (sort.down ? -1 : 1));
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
    keyed(table, [{ id: '' }, { id: ' ' }, ...list], r => r.id, r => r.id === '' ? table.caption : r.id === ' ' ? table.tHead : makeRow(r),
      (node, run) => { if (run.model != null) fill(node, run); });
  }

  function drawChips() {
    const counts = states.map(s => [s, runs.filter(r => r.state === s).length]).filter(([s, n]) => n > 0 || off.has(s));
    keyed(chips, counts, ([s]) => s, ([s]) => {
      const button = element('button', { type: 'button', className: s });
      button.addEventListener('click', () => {
        if (!off.delete(s)) off.add(s);
        changed();
      });
      return button;
    }, (button, [s, n]) => {
      button.setAttribute('aria-pressed', String(!off.has(s)));
      tell(button, `${n} ${s}`);
    });
  }

  function kept() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    return runs.filter(run => {
      if (off.has(run.state)) return false;
      if (!words.length) return true;
      const text = `${titleOf(run)} ${run.id} ${run.state} ${run.device ?? ''} ${run.node ?? ''} ${flagsOf(run)} ${run.failure?.kind ?? ''}`.toLowerCase();
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

const flagsOf = run => [].concat(run.flags ?? run.result?.flags ?? []).join(', ');

/** The state with its dot, and what the finished run is flagged for. */
export function stateCell(cell, run) {
  const state = cell.firstElementChild ?? cell.appendChild(element('span'));
  state.className = `state ${run.state}`;
  tell(state, run.state);
  const flags = flagsOf(run);
  if (flags && !cell.children[1]) cell.append(element('small', { className: 'flag' }));
  if (cell.children[1]) tell(cell.children[1], flags);
}

/** Steps done of all; of a running run with a bar. */
export function stepsCell(cell, run) {
  const runs = run.state === 'running';
  if (runs && !cell.querySelector('progress')) cell.replaceChildren(element('progress', { 'aria-label': 'steps done' }), element('span'));
  if (!runs && !cell.querySelector('span:only-child')) cell.replaceChildren(element('span'));
  if (runs) Object.assign(cell.firstElementChild, { max: run.steps, value: run.step ?? 0 });
  tell(cell.lastElementChild, runs ? `${run.step ?? 0}/${run.steps}` : run.step == null || run.step === run.steps ? `${run.steps}` : `${run.step}/${run.steps}`);
}

/** Why the last attempt ended badly, in words. */
export function failureWords(run) {
  const { kind, message } = run.failure;
  return `${retried.has(run.state) ? 'last attempt: ' : ''}${kind}${message ? `: ${message}` : ''}`;
}

const classOf = column => `c-${column.name.replace(/\W+/g, '-')}`;

/** A name that may be broken before its capitals. */
const foldable = name => name.split(/(?=[A-Z][a-z])/).flatMap((part, i) => i ? [element('wbr'), part] : [part]);

const numeric = text => text == null ? null : Number.isFinite(Number(text)) ? Number(text) : text;

/** What is missing comes last upwards; numbers by size, words by the alphabet. */
const compare = of => (a, b) => {
  const [x, y] = [of(a), of(b)];
  if (x == null || y == null) return (x == null) - (y == null);
  return typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true });
};
