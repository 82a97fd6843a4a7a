// The attempts at a run: why each ended, and the end of its log.
import { keyed } from './keyed.js';
import { clock, duration, element, tell } from './words.js';

const outcomes = {
  'finished': 'finished',
  'failed-for-good': 'failed: another try would not help',
  'attempt-lost': 'lost, to be tried again',
  'attempts-used-up': 'lost, and no try is left',
  'yielded': 'stopped when asked, with a checkpoint',
  'cancelled': 'cancelled',
};
const names = ['attempt', 'how it ended', 'node', 'began', 'ended', 'fence', 'log'];

/** The attempts in one place and a log in another; `show` takes what the server says of a run and the run's address. */
export function attemptsIn(place, logPlace) {
  const log = logIn(logPlace);
  const none = element('p', { className: 'missing' }, 'No node has begun it yet.');
  const head = element('tr', {}, ...names.map(n => element('th', { scope: 'col' }, n)));
  const body = element('tbody');
  const table = element('table', {}, element('thead', {}, head), body);
  place.replaceChildren(none, table);

  function makeRow(attempt) {
    const button = element('button', { 'type': 'button', 'aria-label': `log of attempt ${attempt.number}` }, 'log');
    button.addEventListener('click', () => log.choose(attempt.number));
    const why = element('td', { className: 'why' }, element('span'), element('small'));
    const cells = [why, ...names.slice(2, 6).map(() => element('td')), element('td', {}, button)];
    return element('tr', {}, element('th', { scope: 'row' }, String(attempt.number)), ...cells);
  }

  function fill(row, attempt, now) {
    const [, why, node, began, ended, fence, logCell] = row.children;
    const took = attempt.ended ? duration((new Date(attempt.ended) - new Date(attempt.began)) / 1000) : '';
    why.firstChild.className = `state ${stateOf(attempt)}`;
    tell(why.firstChild, attempt.ended ? (outcomes[attempt.outcome] ?? attempt.outcome ?? 'ended') : 'running');
    tell(why.lastChild, [attempt.failureKind, attempt.message].filter(Boolean).join(': '));
    tell(node, [attempt.node, attempt.device].filter(Boolean).join(', '));
    tell(began, clock(attempt.began, now));
    tell(ended, took && `${clock(attempt.ended, now)}, after ${took}`);
    tell(fence, String(attempt.fence));
    logCell.firstChild.hidden = !attempt.log;
  }

  return {
    show(attempts, address, now) {
      none.hidden = attempts.length > 0;
      table.hidden = !none.hidden;
      keyed(
        body,
        [...attempts].reverse(),
        a => a.number,
        makeRow,
        (row, attempt) => fill(row, attempt, now),
      );
      log.show(attempts, address);
    },
  };
}

function stateOf({ ended, outcome }) {
  if (!ended) return 'running';
  if (outcome === 'finished') return 'completed';
  return outcome === 'yielded' || outcome === 'cancelled' ? 'cancelled' : 'failed';
}

/** The end of an attempt's log as text: the newest attempt's until another is chosen, read again at each news. */
function logIn(place) {
  const [head, text] = [element('p'), element('pre', { 'tabIndex': 0, 'role': 'region', 'aria-label': 'Log' })];
  place.replaceChildren(head, text);
  let [address, chosen, attempts] = [null, null, []];
  const wanted = () => attempts.find(a => a.number === chosen) ?? attempts.at(-1);

  async function read() {
    const attempt = wanted();
    if (!attempt) return say('No attempt has been made.');
    const name = `Attempt ${attempt.number}`;
    if (!attempt.log) return say(`${name}: its log is on the machine of ${attempt.node}.`);
    const from = address;
    const { words, why } = await ask(`${from}/log?attempt=${attempt.number}`);
    if (from !== address || attempt.number !== wanted()?.number) return;
    if (why) say(why);
    else if (words) say(`${name}, the last 64 KiB of its log.`, words);
    else say(`${name}: its log is empty.`);
  }

  function say(about, words = '') {
    const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
    tell(head, about);
    text.hidden = !words;
    tell(text, words);
    if (atEnd) text.scrollTop = text.scrollHeight;
  }

  return {
    show(all, next) {
      if (next !== address) [address, chosen] = [next, null];
      attempts = all;
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

async function ask(address) {
  try {
    const answer = await fetch(address);
    if (answer.ok) return { words: await answer.text() };
    return { why: (await answer.json().catch(() => ({}))).detail ?? `no answer (${answer.status})` };
  } catch {
    return { why: "The page's server cannot be reached." };
  }
}
