// The columns of the table of runs: what each writes and how it sorts.
import { clock, count, duration, element, loss, power, states, tell, titleOf } from './words.js';

const retried = new Set(['pending', 'running']);

/**
 * The columns for some runs: each with how it sorts and what it writes, `text` or `show(cell, run)`; those that would
 * be empty are left out. `address(run)` is where a run's page is.
 */
export function columnsOf(runs, address, now) {
  const varied = [...new Set(runs.flatMap(r => r.varies.map(v => v.field)))];
  const has = of => runs.some(r => of(r) != null);
  const value = field => run => run.varies.find(v => v.field === field)?.value;
  const order = new Map(runs.map((r, i) => [r.id, i]));
  return [
    { name: 'state', sort: r => states.indexOf(r.state) * 1e6 + order.get(r.id), show: stateCell },
    {
      name: 'run',
      sort: r => r.parametersWithHead,
      show: (cell, run) => linkCell(cell, run, address),
      isRow: true,
    },
    {
      name: 'N',
      title: 'parameters, blocks and head',
      number: true,
      sort: r => r.parametersWithHead,
      text: r => count(r.parametersWithHead),
    },
    { name: 'FLOPs', number: true, sort: r => r.budgetFlops ?? r.flops, text: r => power(r.budgetFlops ?? r.flops) },
    { name: 'tokens', number: true, sort: r => r.tokens, text: r => count(r.tokens) },
    ...varied.map(field => ({ name: field, sort: r => numeric(value(field)(r)), text: r => value(field)(r) ?? '' })),
    {
      name: 'seed',
      number: true,
      sort: r => r.seed,
      text: r => String(r.seed),
      only: new Set(runs.map(r => r.seed)).size > 1,
    },
    { name: 'steps', number: true, sort: r => (r.step ?? 0) / r.steps, show: stepsCell },
    {
      name: 'training',
      title: 'last training loss, nats/token',
      number: true,
      sort: r => r.lossTrain,
      text: r => loss(r.lossTrain),
    },
    {
      name: 'validation',
      title: 'last validation loss, nats/token',
      number: true,
      sort: r => r.lossValidation,
      text: r => loss(r.lossValidation),
    },
    {
      name: 'bits/byte',
      title: 'of the validation text',
      number: true,
      sort: r => r.result?.bitsPerByte,
      text: r => loss(r.result?.bitsPerByte),
      only: has(r => r.result),
    },
    {
      name: 'tokens/s',
      number: true,
      sort: r => r.result?.tokensPerSecond,
      text: r => count(r.result?.tokensPerSecond),
      only: has(r => r.result),
    },
    {
      name: 'time',
      title: 'a finished run: how long; a running one: its end; a waiting one: its start',
      number: true,
      sort: timeOf,
      text: run => timeWords(run, now),
    },
    {
      name: 'tries',
      number: true,
      sort: r => r.attempts,
      text: r => (r.attempts > 1 ? String(r.attempts) : ''),
      only: runs.some(r => r.attempts > 1),
    },
  ].filter(c => c.only !== false);
}

const ends = r => (r.ends && (r.state === 'running' || r.state === 'pending') ? r.ends : null);

function timeWords(run, now) {
  if (run.state === 'running')
    return ends(run) ? `ends ${clock(run.ends, now)}` : run.began ? `since ${clock(run.began, now)}` : '';
  if (run.state === 'pending') return run.begins ? `from ${clock(run.begins, now)}` : '';
  return run.result ? duration(run.result.wallSeconds) : run.ended ? clock(run.ended, now) : '';
}

const timeOf = run => new Date(ends(run) ?? run.begins ?? run.ended ?? 0).getTime();

function linkCell(cell, run, address) {
  const link = cell.firstElementChild ?? cell.appendChild(element('a'));
  link.href = address(run);
  link.title = run.id;
  tell(link, run.model);
  link.setAttribute('aria-label', titleOf(run));
}

/** What a finished run is flagged for. */
export const flagsOf = run => [].concat(run.flags ?? run.result?.flags ?? []).join(', ');

/** The state with its dot, and what the finished run is flagged for. */
function stateCell(cell, run) {
  const state = cell.firstElementChild ?? cell.appendChild(element('span'));
  state.className = `state ${run.state}`;
  tell(state, run.state);
  const flags = flagsOf(run);
  if (flags && !cell.children[1]) cell.append(element('small', { className: 'flag' }));
  if (cell.children[1]) tell(cell.children[1], flags);
}

/** Steps done of all; of a running run with a bar. */
function stepsCell(cell, run) {
  const runs = run.state === 'running';
  if (runs && !cell.querySelector('progress'))
    cell.replaceChildren(element('progress', { 'aria-label': 'steps done' }), element('span'));
  if (!runs && !cell.querySelector('span:only-child')) cell.replaceChildren(element('span'));
  if (runs) Object.assign(cell.firstElementChild, { max: run.steps, value: run.step ?? 0 });
  tell(
    cell.lastElementChild,
    runs
      ? `${run.step ?? 0}/${run.steps}`
      : run.step == null || run.step === run.steps
        ? `${run.steps}`
        : `${run.step}/${run.steps}`,
  );
}

/** Why the last attempt ended badly, in words. */
export function failureWords(run) {
  const { kind, message } = run.failure;
  return `${retried.has(run.state) ? 'last attempt: ' : ''}${kind}${message ? `: ${message}` : ''}`;
}

/** The class of a column's cells. */
export const classOf = column => `c-${column.name.replace(/\W+/g, '-')}`;

/** A name that may be broken before its capitals. */
export const foldable = name =>
  name.split(/(?=[A-Z][a-z])/).flatMap((part, i) => (i ? [element('wbr'), part] : [part]));

const numeric = text => (text == null ? null : Number.isFinite(Number(text)) ? Number(text) : text);

/** What is missing comes last upwards; numbers by size, words by the alphabet. */
export const compare = of => (a, b) => {
  const [x, y] = [of(a), of(b)];
  if (x == null || y == null) return (x == null) - (y == null);
  return typeof x === 'number' && typeof y === 'number'
    ? x - y
    : String(x).localeCompare(String(y), 'en', { numeric: true });
};
