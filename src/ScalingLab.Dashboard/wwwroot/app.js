// The page: the list of sweeps is asked for now and then, the chosen sweep tells its changes by itself.
import { figureIn } from './figure.js';
import { steerIn } from './steer.js';
import { showRuns, showSweeps } from './sweeps.js';

const listEvery = 3000; // ms
const curvesEvery = 4000; // ms: a figure of a hundred runs takes a while to draw, and the machine has runs to train
const at = id => document.getElementById(id);
const figure = figureIn(at('plot'));
const steer = await steerIn(at('steer'), at('steered'));
let sweeps = [];
let chosen = null;
let source = null;
let curves = { wanted: false, busy: false };

const wanted = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ''; // an address that somebody cut
  }
};
const url = name => `api/sweeps/${encodeURIComponent(name)}`;

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function say(is, words) {
  at('live').dataset.is = is;
  at('live').textContent = words;
}

async function list() {
  if (document.hidden) return;
  try {
    sweeps = await json('api/sweeps');
  } catch {
    say('lost', 'connection lost, retrying');
    return;
  }
  if (!source) say('live', 'live');
  if (source?.readyState === EventSource.CLOSED) follow(chosen); // a browser gives up after an answer that is no stream
  at('nothing').hidden = sweeps.length > 0;
  choose();
  showSweeps(at('sweeps'), sweeps, chosen);
}

/** The sweep that the address names; else one that is running; else the first. */
function choose() {
  const named = sweeps.find(s => s.name === wanted());
  const next = named ?? sweeps.find(s => s.name === chosen) ?? sweeps.find(s => s.states.running > 0) ?? sweeps[0];
  if (next && next.name !== chosen) follow(next.name);
}

function follow(name) {
  source?.close();
  chosen = name;
  source = new EventSource(`${url(name)}/events`);
  source.onopen = () => say('live', 'live');
  source.onerror = () => say('lost', 'connection lost, retrying');
  let whole = null;
  source.addEventListener('snapshot', event => {
    whole = JSON.parse(event.data);
    if (name === chosen) show(whole);
  });
  source.addEventListener('changed', event => {
    const { sweep, runs } = JSON.parse(event.data);
    const changed = new Map(runs.map(run => [run.id, run]));
    whole = { sweep, runs: whole.runs.map(run => changed.get(run.id) ?? run) };
    if (name === chosen) show(whole);
  });
}

function show({ sweep, runs }) {
  const { running, pending } = sweep.states;
  at('sweep').hidden = false;
  at('name').textContent = sweep.name;
  at('question').textContent = sweep.question ?? '';
  document.title = `${sweep.runs - running - pending}/${sweep.runs} ${sweep.name} · ScalingLab`;
  steer.show(sweep);
  showRuns(at('columns'), at('runs'), runs);
  sweeps = sweeps.map(s => s.name === sweep.name ? sweep : s);
  showSweeps(at('sweeps'), sweeps, chosen);
  curves.wanted = true;
  draw();
}

/** Draws the newest curves; what comes while it draws is drawn once afterwards. */
async function draw() {
  if (curves.busy) return;
  curves.busy = true;
  while (curves.wanted) {
    curves.wanted = false;
    try {
      await figure.show(url(chosen));
    } catch (error) {
      console.warn(`figure: ${error.message}`);
    }
    await new Promise(done => setTimeout(done, curvesEvery));
  }
  curves.busy = false;
}

addEventListener('hashchange', () => { choose(); showSweeps(at('sweeps'), sweeps, chosen); });

// A browser allows a server six connections: a page that nobody sees holds none.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    source?.close();
  } else {
    if (chosen) follow(chosen);
    list();
  }
});

await list();
setInterval(list, listEvery);
