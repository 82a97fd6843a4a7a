// Queue and slots as a timeline: what ran on which slot, what runs to when, and what will run there if all goes on
// as it does.
import { keyed } from './keyed.js';
import { clock, duration, element, tell } from './words.js';

const spans = [
  [1, 'last hour'],
  [3, 'last 3 hours'],
  [12, 'last 12 hours'],
  [48, 'last 2 days'],
];

/** The timeline in a place; `show` asks the server and draws. */
export function timelineIn(place) {
  const select = element(
    'select',
    { 'aria-label': 'How far back' },
    ...spans.map(([h, words]) => element('option', { value: h, selected: h === 12 }, words)),
  );
  const key = element(
    'p',
    { 'className': 'key', 'aria-hidden': 'true' },
    ...[
      ['running', 'runs'],
      ['completed', 'completed'],
      ['failed', 'failed or lost'],
      ['yielded', 'yielded'],
      ['waiting', 'predicted'],
    ].map(([state, words]) => element('span', {}, element('i', { className: state }), words)),
  );
  const [summary, ticks, lanes] = [
    element('p'),
    element('div', { 'className': 'ticks', 'aria-hidden': 'true' }),
    element('ul', { className: 'lanes' }),
  ];
  const chart = element('div', { className: 'chart' }, ticks, lanes);
  place.replaceChildren(element('div', { className: 'controls' }, select, key), summary, chart);
  let last = null;
  select.addEventListener('change', () => show().catch(() => {}));
  lanes.addEventListener('keydown', walk);

  async function show() {
    const answer = await fetch(`api/timeline?hours=${select.value}`);
    if (!answer.ok) throw new Error(`api/timeline: ${answer.status}`);
    last = await answer.json();
    draw(last);
  }

  function draw({ from, now, until, lanes: all, bars, waiting, more }) {
    const [present, least] = [new Date(now).getTime(), 3e5];
    const times = bars.flatMap(b => [b.began, b.ended ?? now]).map(t => new Date(t).getTime());
    // No wider than there is something to see.
    const first = Math.max(new Date(from).getTime(), Math.min(present - least, ...times));
    const end = Math.min(new Date(until).getTime(), Math.max(present + least, ...times));
    const at = time => (Math.min(Math.max(new Date(time).getTime(), first), end) - first) / (end - first);
    const running = bars.filter(b => b.state === 'running').length;
    const parts = [
      `${all.length} ${all.length === 1 ? 'slot' : 'slots'}, ${running} in use`,
      `${waiting ?? 0} ${waiting === 1 ? 'run waits' : 'runs wait'}`,
    ];
    if (more) parts.push(`${more} more bars are not drawn`);
    tell(
      summary,
      all.length
        ? `${parts.join(', ')}.`
        : 'No node has been there in this time: ./lab serve or ./lab node brings one.',
    );
    chart.hidden = !all.length;
    showTicks(first, end, present, at);
    keyed(
      lanes,
      all,
      l => l.key,
      lane =>
        element(
          'li',
          {},
          element(
            'strong',
            { title: `${lane.node}, ${lane.device}` },
            element('span', {}, lane.node),
            element('small', {}, `${lane.device} · slot ${lane.slot + 1}`),
          ),
          element('ul', { className: 'track' }),
        ),
      (row, lane) => {
        const own = bars.filter(b => b.lane === lane.key);
        row.lastChild.setAttribute(
          'aria-label',
          `${lane.node}, ${lane.device}, slot ${lane.slot + 1}: ${own.length} attempts`,
        );
        showBars(row.lastChild, own, at, new Date(present));
      },
    );
    const links = [...lanes.querySelectorAll('a')];
    const entry =
      links.find(l => l === document.activeElement) ?? links.find(l => l.classList.contains('running')) ?? links[0];
    for (const link of links) link.tabIndex = link === entry ? 0 : -1;
  }

  function showBars(track, bars, at, now) {
    keyed(
      track,
      bars,
      b => `${b.sweep} ${b.run} ${b.attempt} ${b.predicted && b.state === 'waiting'}`,
      b =>
        element(
          'li',
          {},
          element(
            'a',
            {
              href: `#${encodeURIComponent(b.sweep)}/${b.run}`,
            },
            element('span', {}, b.label),
          ),
        ),
      (item, b) => {
        const link = item.firstChild;
        link.className = `${b.state}${b.predicted ? ' predicted' : ''}`;
        const [left, right] = [at(b.began), at(b.ended ?? now)];
        item.style.left = `${100 * left}%`;
        item.style.width = `${Math.max(100 * (right - left), 0.15)}%`;
        const took = duration((new Date(b.ended ?? now) - new Date(b.began)) / 1000);
        const when = `${clock(b.began, now)} to ${b.predicted ? 'about ' : ''}${clock(b.ended ?? now, now)}`;
        link.title = `${b.sweep}: ${b.label}\n${b.attempt ? `attempt ${b.attempt}, ` : ''}${b.state}, ${when}, ${took}`;
        link.setAttribute('aria-label', link.title.replace('\n', ', '));
      },
    );
  }

  function showTicks(first, end, present, at) {
    const hours =
      [1 / 60, 1 / 30, 1 / 12, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 168].find(
        h => (end - first) / 36e5 / h <= Math.max(3, chart.clientWidth / 110),
      ) ?? 168;
    const step = hours * 36e5;
    const zone = new Date(first).getTimezoneOffset() * 6e4;
    const list = [];
    for (let t = Math.ceil((first - zone) / step) * step + zone; t <= end; t += step) {
      if (Math.abs(at(t) - at(present)) * lanes.clientWidth > 44 && at(t) > 0.02 && at(t) < 0.98)
        list.push({ t, words: clock(t, new Date(present)), className: '' });
    }
    list.push({ t: present, words: 'now', className: 'now' });
    keyed(
      ticks,
      list,
      l => l.className || l.t,
      l => element('span', { className: l.className }, element('b')),
      (tick, l) => {
        tick.style.left = `${100 * at(l.t)}%`;
        tell(tick.firstChild, l.words);
      },
    );
  }

  /** One tab stop; arrows walk along a slot and between slots. */
  function walk(event) {
    const row = event.target.closest('.lanes > li');
    const [along, across] = [
      { ArrowLeft: -1, ArrowRight: 1 }[event.key],
      { ArrowUp: 'previousElementSibling', ArrowDown: 'nextElementSibling' }[event.key],
    ];
    if (!row || (!along && !across)) return;
    event.preventDefault();
    const links = [...row.querySelectorAll('a')];
    let next = along ? links[links.indexOf(event.target) + along] : null;
    for (let lane = row[across]; across && lane && !next; lane = lane[across])
      next = lane.querySelector('a.running, a');
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  }

  return { show };
}
