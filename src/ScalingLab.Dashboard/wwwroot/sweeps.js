// The sweeps as cards with bars, and one sweep's runs as a table.
import { count, element, loss, power } from './words.js';

const order = ['completed', 'running', 'failed', 'quarantined', 'cancelled', 'pending'];

const retried = new Set(['pending', 'running']);

/** Runs by state in words: "3 completed, 1 running". */
const words = counts => order.filter(s => counts[s] > 0).map(s => `${counts[s]} ${s}`).join(', ');

export function showSweeps(place, sweeps, chosen) {
  const held = place.contains(document.activeElement) ? document.activeElement.hash : null;
  place.replaceChildren(...sweeps.map(sweep => {
    const bar = element('span', { className: 'bar', ariaHidden: 'true' });
    for (const state of order.filter(s => s !== 'pending' && sweep.states[s] > 0)) {
      const part = element('span', { className: state });
      part.style.flexBasis = `${100 * sweep.states[state] / sweep.runs}%`;
      bar.append(part);
    }
    const link = element('a', { href: `#${encodeURIComponent(sweep.name)}` },
      element('strong', {}, sweep.name + (sweep.paused ? ' (paused)' : '')), bar,
      element('small', {}, `${sweep.runs} runs: ${words(sweep.states)}`));
    if (sweep.name === chosen) link.setAttribute('aria-current', 'true');
    return element('li', {}, link);
  }));
  // A keyboard's place survives the list's renewal.
  if (held) [...place.querySelectorAll('a')].find(a => a.hash === held)?.focus();
}

export function showRuns(head, body, runs) {
  const varied = [...new Set(runs.flatMap(r => r.varies.map(v => v.field)))];
  const columns = [
    ['run', '', r => element('code', {}, r.id)],
    ['model', '', r => r.model],
    ['N', 'n', r => count(r.parametersWithHead)],
    ['FLOPs', 'n', r => power(r.budgetFlops ?? r.flops)],
    ['tokens', 'n', r => count(r.tokens)],
    ...varied.map(field => [field, '', r => r.varies.find(v => v.field === field)?.value ?? '']),
    ['seed', 'n', r => r.seed],
    ['state', '', r => element('span', { className: `state ${r.state}` }, r.state)],
    ['steps', 'n', steps],
    ['training loss', 'n', r => loss(r.lossTrain)],
    ['validation loss', 'n', r => loss(r.lossValidation)],
    ['bits/byte', 'n', r => loss(r.result?.bitsPerByte)],
    ['tokens/s', 'n', r => count(r.result?.tokensPerSecond)],
    ['tries', 'n', r => r.attempts || ''],
  ];
  head.replaceChildren(element('tr', {}, ...columns.map(([name, className]) => element('th', { scope: 'col', className }, name))));
  body.replaceChildren(...runs.flatMap(run => [
    element('tr', {}, ...columns.map(([, className, value], i) =>
      element(i === 0 ? 'th' : 'td', i === 0 ? { scope: 'row' } : { className }, value(run)))),
    ...(run.failure ? [failure(run, columns.length)] : []),
  ]));
}

/** Why the last attempt ended badly, in a row of its own below the run's. */
function failure(run, colSpan) {
  const { kind, message } = run.failure;
  return element('tr', { className: 'failure' }, element('td', { colSpan },
    element('span', {}, `${retried.has(run.state) ? 'last attempt: ' : ''}${kind}${message ? `: ${message}` : ''}`)));
}

function steps(run) {
  if (run.state !== 'running') return run.step == null ? `${run.steps}` : `${run.step}/${run.steps}`;
  const bar = element('progress', { max: run.steps, value: run.step ?? 0, ariaLabel: 'steps done' });
  return element('span', {}, bar, ` ${run.step ?? 0}/${run.steps}`);
}
