// The page of one run: how it stands, its curves and telemetry, its attempts and their logs, and its specification.
import { attemptsIn } from './attempts.js';
import { roomy } from './axis.js';
import { failureWords } from './columns.js';
import { keyed } from './keyed.js';
import { plotIn } from './plot.js';
import { placed } from './series.js';
import { bytes, clock, count, duration, element, loss, power, tell, titleOf } from './words.js';

const percent = share => (share == null ? '' : `${Number((100 * share).toPrecision(3))} %`);
const watts = value => (value == null ? '' : `${Number(value.toPrecision(3))} W`);
const digits = value => (value == null ? '' : String(Number(value.toPrecision(4))));

const charts = [
  {
    key: 'loss',
    title: 'loss, nats/token',
    line: 'lossTrain',
    dots: 'lossValidation',
    log: true,
    wide: true,
    words: loss,
  },
  { key: 'learningRate', title: 'learning rate', line: 'learningRate', words: digits },
  { key: 'gradientNorm', title: 'gradient norm', line: 'gradientNorm', log: true, words: digits },
  { key: 'tokensPerSecond', title: 'tokens/s', line: 'tokensPerSecond', words: count },
  { key: 'powerWatts', title: 'power, W', line: 'powerWatts', words: watts },
];

/** The page in a place; `show` asks the server for a run and shows it, again whenever it is called. */
export function runIn(place) {
  const part = (id, title) => {
    const body = element('div', { id });
    const section = element('section', { 'aria-label': title }, element('h3', {}, title), body);
    return { section, body };
  };
  const [facts, note] = [element('dl', { className: 'facts' }), element('p', { className: 'failure', hidden: true })];
  const parts = {
    curves: part('run-curves', 'Curves'),
    attempts: part('run-attempts', 'Attempts'),
    log: part('run-log', 'Log'),
    samples: part('run-samples', 'Text by its model'),
    spec: part('run-spec', 'Specification'),
  };
  place.replaceChildren(note, facts, ...Object.values(parts).map(p => p.section));
  const figures = new Map();
  const attempts = attemptsIn(parts.attempts.body, parts.log.body);
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
    attempts.show(all.attempts, address, new Date(now));
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
      ['state', run.state],
      ['flagged', flags],
      ['steps', run.step == null ? `${run.steps}` : `${run.step} of ${run.steps}`],
      ['training loss', loss(run.lossTrain)],
      ['validation loss', loss(run.lossValidation)],
      ['bits/byte', loss(latest?.bitsPerByte)],
      ['N, blocks and head', count(run.parametersWithHead)],
      ['tokens', count(run.tokens)],
      ['FLOPs', power(run.flops)],
      ['where', [run.node, run.device].filter(Boolean).join(', ')],
      ['began', clock(run.began, now)],
      ['ended', clock(run.ended, now)],
      ['ends about', run.state === 'running' || run.state === 'pending' ? clock(run.ends, now) : ''],
      ['took', duration(latest?.wallSeconds)],
      ['tokens/s', count(latest?.tokensPerSecond ?? t.tokensPerSecond)],
      ['MFU', percent(latest?.mfu ?? t.mfu)],
      ['device busy', percent(latest?.deviceUtilisation ?? t.deviceUtilisation)],
      ['waits for data', percent(latest?.dataWaitShare ?? t.dataWaitShare)],
      ['power', watts(latest?.powerWattsMean ?? t.powerWatts)],
      ['energy', latest?.energyJoules == null ? '' : `${digits(latest.energyJoules / 3.6e6)} kWh`],
      ['memory', bytes(latest?.peakMemoryBytes ?? t.peakMemoryBytes ?? t.memoryBytes)],
      ['learning rate', run.state === 'running' ? digits(t.learningRate) : ''],
      ['gradient norm', run.state === 'running' ? digits(t.gradientNorm) : ''],
    ].filter(([, words]) => words);
    keyed(
      facts,
      list,
      ([term]) => term,
      ([term]) => element('div', {}, element('dt', {}, term), element('dd')),
      (item, [term, words]) => {
        tell(item.lastChild, words);
        item.lastChild.className = term === 'state' ? `state ${words}` : '';
      },
    );
  }

  function showCurves(curve) {
    const has = name => curve?.[name]?.some(v => v != null);
    const wanted = charts.filter(c => has(c.line) || has(c.dots));
    for (const key of [...figures.keys()]) if (!wanted.some(c => c.key === key)) dropFigure(key);
    let none = parts.curves.body.querySelector('.missing');
    if (!wanted.length && !none)
      parts.curves.body.append(element('p', { className: 'missing' }, 'It has reported nothing yet.'));
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
          const [name, value] =
            chart.key === 'loss'
              ? [`${isDot ? 'validation' : 'training'} loss`, latest[isDot ? chart.dots : chart.line][i]]
              : [chart.title, latest[chart.line][i]];
          return [`${name} ${chart.words(value)}`, `step ${latest.step[i]}, ${count(latest.tokens?.[i])} tokens`];
        },
      });
      figures.set(chart.key, {
        host,
        plot,
        take: c => {
          latest = c;
        },
      });
    }
    const { host, plot, take } = figures.get(chart.key);
    take(curve);
    const none = curve.step.map(() => null);
    const [x, y] = [{ log: false }, { log: Boolean(chart.log) }];
    const line = placed(curve.step, curve[chart.line] ?? none, x, y);
    const dots = chart.dots ? placed(curve.step, curve[chart.dots] ?? none, x, y) : null;
    const heights = [...line.y, ...(dots?.y ?? [])];
    const across = [...line.x, ...(dots?.x ?? [])];
    if (!heights.length) return;
    const style = getComputedStyle(host);
    plot.show({
      key: chart.key,
      xTitle: 'optimizer steps',
      yTitle: chart.title,
      x: roomy(0, Math.max(...across), false, count, 0.01),
      y: roomy(Math.min(...heights), Math.max(...heights), Boolean(chart.log)),
      panels: [{ title: null, series: [{ id: chart.key, colour: style.getPropertyValue('--running'), line, dots }] }],
    });
  }

  /** Nothing records texts while it trains: the command that has the finished model write some. */
  function showSamples({ sampleCommand, run }) {
    const words = sampleCommand
      ? 'Its model writes text with:'
      : run.state === 'completed'
        ? 'Its checkpoint is not on this machine; where it is, its model writes text with:'
        : 'A finished run can be asked for text.';
    const command = run.state === 'completed' ? (sampleCommand ?? `lab sample ${run.id}`) : '';
    keyed(
      parts.samples.body,
      [words, command].filter(Boolean),
      w => w,
      w => (w === command ? element('pre', { tabIndex: 0 }, `./${w}`) : element('p', {}, w)),
      () => {},
    );
  }

  function showSpec(spec) {
    const rows = flat(spec);
    if (!parts.spec.body.firstChild) {
      parts.spec.body.append(
        element(
          'table',
          {},
          element(
            'thead',
            {},
            element('tr', {}, element('th', { scope: 'col' }, 'field'), element('th', { scope: 'col' }, 'value')),
          ),
          element('tbody'),
        ),
      );
    }
    keyed(
      parts.spec.body.querySelector('tbody'),
      rows,
      ([path]) => path,
      ([path]) => element('tr', {}, element('th', { scope: 'row' }, path), element('td')),
      (row, [, value]) => tell(row.lastChild, value),
    );
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
