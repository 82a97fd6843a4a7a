// The sweeps as a list with bars, what is left and what it has cost; and the facts of the one that is looked at.
import { keyed } from './keyed.js';
import { clock, duration, element, spent, states, tell, untilWords } from './words.js';

const barOrder = ['completed', 'running', 'failed', 'quarantined', 'cancelled'];

/** Runs by state in words: "3 completed, 1 running". */
export const statesWords = counts =>
  states
    .filter(s => counts[s] > 0)
    .map(s => `${counts[s]} ${s}`)
    .join(', ');

/** Whether runs of it are left. */
export const isOpen = sweep => sweep.states.running + sweep.states.pending > 0;

/** When it will have ended, in words; that it cannot be known, with the reason. */
export function ending(sweep, now) {
  if (sweep.states && !isOpen(sweep)) return 'ended';
  if (sweep.endsAbout) {
    const left = (new Date(sweep.endsAbout) - new Date(now)) / 1000;
    const rest = left >= 90 ? `, in ${duration(60 * Math.round(left / 60))}` : '';
    return `ends about ${clock(sweep.endsAbout, new Date(now))}${rest}`;
  }
  return sweep.endsUnknown ? `no end known: ${sweep.endsUnknown}` : '';
}

/** Fills a bar with a part for each state. */
export function showBar(bar, sweep) {
  keyed(
    bar,
    barOrder.filter(s => sweep.states[s] > 0),
    s => s,
    s => element('span', { className: s }),
    (part, s) => {
      part.style.flexBasis = `${(100 * sweep.states[s]) / sweep.runs}%`;
    },
  );
}

/** The list: those with running attempts first, then those that wait, then the rest, each as the ledger has them. */
export function showSweeps(place, sweeps, chosen, now) {
  const rank = s => (s.states.running > 0 ? 0 : s.states.pending > 0 ? 1 : 2);
  const sorted = [...sweeps].sort((a, b) => rank(a) - rank(b));
  keyed(
    place,
    sorted,
    s => s.name,
    sweep => {
      const parts = [
        element('strong'),
        element('span', { 'className': 'bar', 'aria-hidden': 'true' }),
        element('small'),
        element('small', { className: 'end' }),
      ];
      return element('li', {}, element('a', { href: `#${encodeURIComponent(sweep.name)}` }, ...parts));
    },
    (item, sweep) => {
      const link = item.firstElementChild;
      const [name, bar, counts, end] = link.children;
      tell(name, sweep.name);
      showBar(bar, sweep);
      tell(counts, `${statesWords(sweep.states)}${sweep.paused ? ' · paused' : ''}`);
      const words = isOpen(sweep) ? ending(sweep, now) : '';
      tell(end, words);
      end.hidden = !words;
      if (sweep.name === chosen) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    },
  );
}

/** All sweeps together: when the last ends, and what it has cost so far. */
export function showAll(place, queue) {
  const open = queue.sweeps.filter(isOpen);
  const left = open.reduce((sum, s) => sum + s.states.running + s.states.pending, 0);
  const end = open.length ? ending({ endsAbout: queue.endsAbout }, queue.now) : '';
  const parts = [
    open.length
      ? `${left} ${left === 1 ? 'run is' : 'runs are'} left`
      : queue.sweeps.length
        ? 'Nothing is left to train'
        : '',
    end && `all ${end.replace('ends', 'end')}`,
    spent(queue.spent) && `used so far: ${spent(queue.spent)}`,
  ].filter(Boolean);
  tell(place, parts.join(' · '));
  place.hidden = !parts.length;
}

/** The chosen sweep's facts, each a term and its words; what is not there is left out. */
export function showFacts(place, sweep, now) {
  const yielded = sweep.yieldedUntil && new Date(sweep.yieldedUntil) > new Date(now) ? sweep.yieldedUntil : null;
  const facts = [
    ['runs', `${sweep.runs}: ${statesWords(sweep.states)}`],
    ['', isOpen(sweep) ? ending(sweep, now) : ''],
    ['used so far', spent(sweep.spent)],
    ['', sweep.paused ? 'paused: nothing more is started' : ''],
    ['', yielded ? `yielded ${untilWords(yielded, now)}` : ''],
    ['window', sweep.window],
    ['deadline', sweep.deadline && clock(sweep.deadline, new Date(now))],
    ['priority', sweep.priority ? String(sweep.priority) : ''],
    ['flagged', sweep.flagged ? `${sweep.flagged} finished ${sweep.flagged === 1 ? 'run' : 'runs'}` : ''],
    ['report', sweep.reported && `made ${clock(sweep.reported, new Date(now))}`],
  ].filter(([, words]) => words);
  keyed(
    place,
    facts,
    ([term, words]) => term || words,
    () => element('div', {}, element('dt'), element('dd')),
    (item, [term, words]) => {
      tell(item.firstChild, term);
      item.firstChild.hidden = !term;
      tell(item.lastChild, words);
    },
  );
}

/** Links to what the sweep's results folder has. */
export function showLinks(place, sweep) {
  const base = sweep.report?.replace(/[^/]*$/, '');
  const links = sweep.report
    ? [
        ['Report with its figures', sweep.report],
        ['runs.csv', `${base}runs.csv`],
        ['curves.csv', `${base}curves.csv`],
      ]
    : [];
  keyed(
    place,
    links,
    ([, address]) => address,
    ([words, href]) => element('a', { href }, words),
    () => {},
  );
  place.hidden = !links.length;
}
