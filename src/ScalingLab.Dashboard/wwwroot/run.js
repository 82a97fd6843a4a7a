// The page of one run: how it stands, its curves and telemetry, its attempts and why each ended, their logs, samples, and its specification.
import { roomy } from './axis.js';
import { keyed } from './keyed.js';
import { plotIn } from './plot.js';
import { placed } from './series.js';
import { failureWords } from './table.js';
import { bytes, clock, count, duration, element, loss, power, tell, titleOf } from './words.js';

const percent = share => share == null ? '' : `${Number((100 * share).toPrecision(3))} %`;
const watts = value => value == null ? '' : `${Number(value.toPrecision(3))} W`;
const digits = value => value == null ? '' : String(Number(value.toPrecision(4)));

const charts = [
  { key: 'loss', title: 'loss, nats/token', line: 'lossTrain', dots: 'lossValidation', log: true, wide: true, words: loss },
  { key: 'learningRate', title: 'learning rate', line: 'learningRate', words: digits },
  { key: 'gradientNorm', title: 'gradient norm', line: 'gradientNorm', log: true, words: digits },
  { key: 'tokensPerSecond', title: 'tokens/s', line: 'tokensPerSecond', words: count },
  { key: 'powerWatts', title: 'power, W', line: 'powerWatts', words: watts },
];

const outcomes = {
  'finished': 'finished', 'failed-for-good': 'failed: another try would not help', 'attempt-lost': 'lost, to be tried again',
  'attempts-used-up': 'lost, and no try is left', 'yielded': 'stopped when asked, with a checkpoint', 'cancelled': 'cancelled',
};

/** The page in a place; `show` asks the server for a run and shows it, again whenever it is called. */
export function runIn(place) {
  const part = (id, title) => {
    const body = element('div', { id });
    const section = element('section', { 'aria-label': title }, element('h3', {}, title), body);
    return { section, body };
  };
  const [facts, note] = [element('dl', { className: 'facts' }), element('p', { className: 'failure', hidden: true })];
  const parts = {
    curves: part('run-curves', 'Curves'), attempts: part('run-attempts', 'Attempts'), log: part('run-log', 'Log'),
    samples: part('run-samples', 'Text by its model'), spec: part('run-spec', 'Specification'),
  };
  place.replaceChildren(note, facts, ...Object.values(parts).map(p => p.section));
  const figures = new Map();
  const log = logIn(parts.log.body);
  let [shown, curve] = [null, null];

  async function show(address, now) {
    const answer = await fetch(address);
    if (!answer.ok) {
      const why = (await answer.json().catch(() => ({}))).detail ?? `no answer (${answer.status})`;
      return { why };
    }
    const all = await answer.json();
    if (shown !== address) for (const key of [...figures.keys()]) dropFigure(key);
    shown = address;
    showFacts(all, new Date(now));
    curve = all.curve;
    showCurves(curve);
    showAttempts(all, address, new Date(now));
    log.show(address, all);
    showSamples(all);
    showSpec(all.spec);
    return all;
  }

  function showFacts({ run, telemetry: t = {} }, now) {
    const latest = run.result;
    note.hidden = !run.failure;
    tell(note, run.failure ? failureWords(run) : '');
    const flags = [].concat(run.flags ?? []).join(', ');
    const list = [
      ['state', run.state], ['flagged', flags], ['steps', run.step == null ? `${run.steps}` : `${run.step} of ${run.steps}`],
      ['training loss', loss(run.lossTrain)], ['validation loss', loss(run.lossValidation)], ['bits/byte', loss(latest?.bitsPerByte)],
      ['N, blocks and head', count(run.parametersWithHead)], ['tokens', count(run.tokens)], ['FLOPs', power(run.flops)],
      ['where', [run.node, run.device].filter(Boolean).join(', ')],
      ['began', clock(run.began, now)], ['ended', clock(run.ended, now)],
      ['ends about', run.state === 'running' || run.state === 'pending' ? clock(run.ends, now) : ''], ['took', duration(latest?.wallSeconds)],
      ['tokens/s', count(latest?.tokensPerSecond ?? t.tokensPerSecond)], ['MFU', percent(latest?.mfu ?? t.mfu)],
      ['device busy', percent(latest?.deviceUtilisation ?? t.deviceUtilisation)], ['waits for data', percent(latest?.dataWaitShare ?? t.dataWaitShare)],
      ['power', watts(latest?.powerWattsMean ?? t.powerWatts)], ['energy', latest?.energyJoules == null ? '' : `${digits(latest.energyJoules / 3.6e6)} kWh`],
      ['memory', bytes(latest?.peakMemoryBytes ?? t.peakMemoryBytes ?? t.memoryBytes)],
      ['learning rate', run.state === 'running' ? digits(t.learningRate) : ''], ['gradient norm', run.state === 'running' ? digits(t.gradientNorm) : ''],
    ].filter(([, words]) => words);
    keyed(facts, list, ([term]) => term, ([term]) => element('div', {}, element('dt', {}, term), element('dd')), (item, [term, words]) => {
      tell(item.lastChild, words);
      item.lastChild.className = term === 'state' ? `state ${words}` : '';
    });
  }

  function showCurves(curve) {
    const has = name => curve?.[name]?.some(v => v != null);
    const wanted = charts.filter(c => has(c.line) || has(c.dots));
    for (const key of [...figures.keys()]) if (!wanted.some(c => c.key === key)) dropFigure(key);
    let none = parts.curves.body.querySelector('.missing');
    if (!wanted.length && !none) parts.curves.body.append(element('p', { className: 'missing' }, 'It has reported nothing yet.'));
    if (wanted.length) none?.remove();
    for (const chart of wanted) showChart(chart, curve);
  }

  function dropFigure(key) {
    figures.get(key).host.remove();
    figures.delete(key);
  }

  function showChart(chart, curve) {
    if (!figures.has(chart.key)) {
      const host = element('div', { className: `plot ${chart.wide ? 'wide' : 'small'}` });
      parts.curves.body.append(host);
      let latest = curve;
      const plot = plotIn(host, {
        name: chart.title,
        words: (series, at, isDot) => {
          const i = (isDot ? series.dots : series.line).index[at];
          const [name, value] = chart.key === 'loss' ? [`${isDot ? 'validation' : 'training'} loss`, latest[isDot ? chart.dots : chart.line][i]]
            : [chart.title, latest[chart.line][i]];
          return [`${name} ${chart.words(value)}`, `step ${latest.step[i]}, ${count(latest.tokens?.[i])} tokens`];
        },
      });
      figures.set(chart.key, { host, plot, take: c => { latest = c; } });
    }
    const { host, plot, take } = figures.get(chart.key);
    take(curve);
    const none = curve.step.map(() => null);
    const [x, y] = [{ log: false }, { log: Boolean(chart.log) }];
    const line = placed(curve.step, curve[chart.line] ?? none, x, y);
    const dots = chart.dots ? placed(curve.step, curve[chart.dots] ?? none, x, y) : null;
    const heights = [...line.y, ...dots?.y ?? []];
    const across = [...line.x, ...dots?.x ?? []];
    if (!heights.length) return;
    const style = getComputedStyle(host);
    plot.show({
      key: chart.key, xTitle: 'optimizer steps', yTitle: chart.title,
      x: roomy(0, Math.max(...across), false, count, 0.01), y: roomy(Math.min(...heights), Math.max(...heights), Boolean(chart.log)),
      panels: [{ title: null, series: [{ id: chart.key, colour: style.getPropertyValue('--running'), line, dots }] }],
    });
  }

  function showAttempts({ attempts }, address, now) {
    const body = parts.attempts.body;
    if (!attempts.length) return body.replaceChildren(element('p', { className: 'missing' }, 'No node has begun it yet.'));
    if (!body.querySelector('table')) {
      body.replaceChildren(element('table', {}, element('thead', {}, element('tr', {},
        ...['attempt', 'how it ended', 'node', 'began', 'ended', 'fence', 'log'].map(n => element('th', { scope: 'col' }, n)))), element('tbody')));
    }
    keyed(body.querySelector('tbody'), [...attempts].reverse(), a => a.number, a => {
      const button = element('button', { type: 'button', 'aria-label': `log of attempt ${a.number}` }, 'log');
      button.addEventListener('click', () => log.choose(a.number));
      return element('tr', {}, element('th', { scope: 'row' }, String(a.number)), element('td', { className: 'why' }, element('span'), element('small')),
        element('td'), element('td'), element('td'), element('td'), element('td', {}, button));
    }, (row, a) => {
      const [, why, node, began, ended, fence, logCell] = row.children;
      const state = !a.ended ? 'running' : a.outcome === 'finished' ? 'completed' : ['yielded', 'cancelled'].includes(a.outcome) ? 'cancelled' : 'failed';
      why.firstChild.className = `state ${state}`;
      tell(why.firstChild, a.ended ? outcomes[a.outcome] ?? a.outcome ?? 'ended' : 'running');
      tell(why.lastChild, [a.failureKind, a.message].filter(Boolean).join(': '));
      tell(node, [a.node, a.device].filter(Boolean).join(', '));
      tell(began, clock(a.began, now));
      tell(ended, a.ended ? `${clock(a.ended, now)}, after ${duration((new Date(a.ended) - new Date(a.began)) / 1000)}` : '');
      tell(fence, String(a.fence));
      logCell.firstChild.hidden = a.log === false;
    });
  }

  /** Nothing records texts while it trains: the command that has the finished model write some, where its checkpoint is. */
  function showSamples({ sampleCommand, run }) {
    const words = sampleCommand ? 'Its model writes text with:' : run.state === 'completed'
      ? 'Its checkpoint is not on this machine; where it is, its model writes text with:' : 'A finished run can be asked for text.';
    const command = run.state === 'completed' ? sampleCommand ?? `lab sample ${run.id}` : '';
    keyed(parts.samples.body, [words, command].filter(Boolean), w => w, w => w === command ? element('pre', { tabIndex: 0 }, `./${w}`) : element('p', {}, w), () => {});
  }

  function showSpec(spec) {
    const rows = flat(spec);
    if (!parts.spec.body.firstChild) {
      parts.spec.body.append(element('table', {}, element('thead', {}, element('tr', {},
        element('th', { scope: 'col' }, 'field'), element('th', { scope: 'col' }, 'value'))), element('tbody')));
    }
    keyed(parts.spec.body.querySelector('tbody'), rows, ([path]) => path,
      ([path]) => element('tr', {}, element('th', { scope: 'row' }, path), element('td')), (row, [, value]) => tell(row.lastChild, value));
  }

  return {
    show,
    /** Colours are others. */
    redraw() {
      if (curve) showCurves(curve);
    },
  };
}

/** A nested object as lines of path and value. */
function flat(value, path = '') {
  if (value === null || typeof value !== 'object') return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, inner]) => flat(inner, path ? `${path}.${name}` : name));
}

/** The end of an attempt's log as text: the newest attempt's until another is chosen, followed while it runs. */
function logIn(place) {
  const [head, text] = [element('p'), element('pre', { tabIndex: 0, role: 'region', 'aria-label': 'Log' })];
  place.replaceChildren(head, text);
  let [address, chosen, newest, all] = [null, null, null, []];

  async function read() {
    const number = chosen ?? newest;
    const attempt = all.find(a => a.number === number);
    if (!attempt?.log) {
      text.hidden = true;
      return tell(head, attempt ? `Attempt ${number}: its log is on the machine of ${attempt.node}.` : 'No attempt has been made.');
    }
    const from = address;
    try {
      const answer = await fetch(`${from}/log?attempt=${number}`);
      const words = answer.ok ? await answer.text() : (await answer.json().catch(() => ({}))).detail ?? `no answer (${answer.status})`;
      if (from !== address || number !== (chosen ?? newest)) return;
      text.hidden = !answer.ok || !words;
      tell(head, !answer.ok ? words : words ? `Attempt ${number}, the last 64 KiB of what its worker said.` : `Attempt ${number}: its worker has said nothing.`);
      if (text.hidden) return;
      const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
      tell(text, words);
      if (atEnd) text.scrollTop = text.scrollHeight;
    } catch {
      tell(head, `Attempt ${number}: the page's server cannot be reached.`);
    }
  }

  return {
    show(next, { attempts }) {
      if (next !== address) [address, chosen] = [next, null];
      [all, newest] = [attempts, attempts.at(-1)?.number ?? null];
      read();
    },
    choose(number) {
      chosen = number;
      read();
      place.scrollIntoView({ block: 'nearest' });
      text.focus({ preventScroll: true });
    },
  };
}
