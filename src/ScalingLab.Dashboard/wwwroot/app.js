// The page: which view the address names, what the server tells of it, and who shows it.
import { curvesIn } from './curves.js';
import { nodesIn } from './nodes.js';
import { notifyIn } from './notify.js';
import { runIn } from './run.js';
import { aRun, aSweep, mayChange, steerIn } from './steer.js';
import { showAll, showBar, showFacts, showLinks, showSweeps } from './sweeps.js';
import { tableIn } from './table.js';
import { themeIn } from './theme-switch.js';
import { timelineIn } from './timeline.js';
import { tell, titleOf } from './words.js';

const listEvery = 3000; // ms
const hiddenEvery = 15000; // ms; a page that nobody sees still says that a sweep has ended
const timelineEvery = 5000; // ms
const runEvery = 2000; // ms, at most so often while it trains
const at = id => document.getElementById(id);
const url = name => `api/sweeps/${encodeURIComponent(name)}`;

const changes = await mayChange().catch(() => false);
const steer = steerIn(at('steer'), at('steered'), changes);
const steerRun = steerIn(at('steer-run'), at('steered-run'), changes);
const notify = notifyIn(at('notify'), at('news'));
const table = tableIn(at('runs'), at('filter'), {
  address: run => `#${encodeURIComponent(chosen)}/${run.id}`,
  changed: showRuns,
  pointed: id => curves.light(id),
});
const curves = curvesIn(at('curves'), {
  open: id => {
    location.hash = `${encodeURIComponent(chosen)}/${id}`;
  },
  lit: id => table.lit(id),
});
const runPage = runIn(at('run-page'));
const timeline = timelineIn(at('timeline-page'));
const nodes = nodesIn(at('nodes'), changes);
let queue = { now: new Date().toISOString(), sweeps: [] };
let chosen = null;
let snapshot = null;
let source = null;
let runBusy = null;

/** What the address names: a sweep, a sweep and a run, the timeline, or nothing. */
function route() {
  const words = location.hash.slice(1).split('/');
  if (words[0] === '' && words[1] === 'timeline') return { view: 'timeline' };
  try {
    const [sweep, run] = words.map(decodeURIComponent);
    return run ? { view: 'run', sweep, run } : { view: 'sweep', sweep };
  } catch {
    return { view: 'sweep' }; // an address that somebody cut
  }
}

function say(is, words) {
  at('live').dataset.is = is;
  tell(at('live'), words);
}

async function list() {
  try {
    const answer = await fetch('api/queue');
    if (!answer.ok) throw new Error(`api/queue: ${answer.status}`);
    queue = await answer.json();
  } catch {
    say('lost', 'connection lost, retrying');
    return;
  }
  if (!source) say('live', 'live');
  notify.watch(queue.sweeps);
  // A browser gives up after an answer that is no stream.
  if (!document.hidden && source?.readyState === EventSource.CLOSED) follow(chosen);
  at('nothing').hidden = queue.sweeps.length > 0;
  showAll(at('all'), queue);
  choose();
  showList();
  if (snapshot) showSweep();
}

const showList = () => showSweeps(at('sweeps'), queue.sweeps, route().view === 'timeline' ? null : chosen, queue.now);

/** The sweep that the address names; else the one that is shown, one that is running, the first. */
function choose() {
  const { sweep } = route();
  const next =
    queue.sweeps.find(s => s.name === sweep) ??
    queue.sweeps.find(s => s.name === chosen) ??
    queue.sweeps.find(s => s.states.running > 0) ??
    queue.sweeps[0];
  if (!next || next.name === chosen) return;
  curves.clear();
  table.clear();
  snapshot = null;
  follow(next.name);
}

function follow(name) {
  source?.close();
  chosen = name;
  const own = (source = new EventSource(`${url(name)}/events`));
  own.onopen = () => say('live', 'live');
  own.onerror = () => say('lost', 'connection lost, retrying');
  own.addEventListener('snapshot', event => {
    if (own !== source) return;
    snapshot = JSON.parse(event.data);
    curves.only(new Set(snapshot.runs.map(r => r.id)));
    showSnapshot();
  });
  own.addEventListener('changed', event => {
    if (own !== source || !snapshot) return;
    const { sweep, runs } = JSON.parse(event.data);
    const changed = new Map(runs.map(r => [r.id, r]));
    snapshot = { sweep, runs: snapshot.runs.map(r => changed.get(r.id) ?? r) };
    showSnapshot();
  });
  own.addEventListener('points', event => {
    if (own === source) curves.take(JSON.parse(event.data).runs);
  });
}

function showSnapshot() {
  queue.sweeps = queue.sweeps.map(s => (s.name === chosen ? snapshot.sweep : s));
  showList();
  showSweep();
  showRuns();
  showRun();
}

function showSweep() {
  const sweep = queue.sweeps.find(s => s.name === chosen) ?? snapshot.sweep;
  at('sweep').hidden = route().view !== 'sweep';
  tell(at('name'), sweep.name);
  tell(at('question'), sweep.question ?? '');
  showBar(at('bar'), sweep);
  showFacts(at('facts'), sweep, queue.now);
  showLinks(at('links'), sweep);
  steer.show(aSweep(sweep));
  title();
}

function showRuns() {
  if (snapshot) curves.show(snapshot.runs, table.show(snapshot.runs, queue.now));
}

function title() {
  const { view, run: id } = route();
  const run = view === 'run' ? snapshot?.runs.find(r => r.id === id) : null;
  const { running, pending } = snapshot?.sweep.states ?? {};
  const what =
    view === 'timeline'
      ? 'Timeline'
      : run
        ? `${Math.floor((100 * (run.step ?? 0)) / run.steps)} % ${titleOf(run)}`
        : snapshot
          ? `${snapshot.sweep.runs - running - pending}/${snapshot.sweep.runs} ${snapshot.sweep.name}`
          : '';
  document.title = [notify.title, what, 'ScalingLab'].filter(Boolean).join(' · ');
}

/** The run's page, asked for again when the sweep has changed: at once, then at most every two seconds. */
async function showRun() {
  if (route().view !== 'run') return;
  if (runBusy) {
    runBusy.again = true;
    return;
  }
  runBusy = { again: false };
  await askRun().catch(() => {}); // that nobody answers is said by the stream, which comes back by itself
  await new Promise(done => {
    runBusy.wake = done;
    setTimeout(done, runEvery);
  });
  const { again } = runBusy;
  runBusy = null;
  if (again) showRun();
}

async function askRun() {
  const { sweep, run: id } = route();
  const all = await runPage.show(`${url(sweep)}/runs/${encodeURIComponent(id)}`, queue.now);
  at('run-missing').hidden = !all.why;
  at('run-page').hidden = Boolean(all.why);
  at('steer-run').hidden = Boolean(all.why);
  tell(at('run-missing'), all.why ?? '');
  tell(at('run-id'), id);
  tell(at('run-name'), all.why ? 'Unknown run' : titleOf(all.run));
  at('run-job').href = `jobs/jobs/details/${encodeURIComponent(id)}`;
  const line = queue.sweeps.find(s => s.name === sweep);
  if (line && !all.why) steerRun.show(aRun(line, all.run));
}

/** Nodes and their slots; that nobody answers is said by the list of sweeps. */
function showSlots() {
  for (const part of [nodes, timeline]) part.show().catch(() => {});
}

function show({ moved }) {
  const { view, sweep } = route();
  choose();
  showList();
  for (const link of at('pages').querySelectorAll('[data-view]'))
    link.ariaCurrent = link.dataset.view === (view === 'run' ? 'sweep' : view) ? 'page' : null;
  at('sweep').hidden = view !== 'sweep' || !snapshot;
  at('run').hidden = view !== 'run';
  at('timeline').hidden = view !== 'timeline';
  if (view === 'run') {
    at('back').href = `#${encodeURIComponent(sweep)}`;
    tell(at('back'), sweep);
    runBusy?.wake?.(); // another run is not waited for
    showRun();
  }
  if (view === 'timeline') showSlots();
  if (view === 'sweep' && snapshot) showRuns();
  title();
  at('sweeps').querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if (!moved) return;
  at(view === 'timeline' ? 'timeline-name' : view === 'run' ? 'run-name' : 'name').focus({ preventScroll: true });
  scrollTo(0, 0);
}

addEventListener('hashchange', () => show({ moved: true }));
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault(); // the address names what is looked at
  at('main').focus();
});

// A browser allows a server six connections: a page that nobody sees holds none.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    source?.close();
    return;
  }
  if (chosen) follow(chosen);
  list();
});

async function keepListing() {
  await list();
  title();
  setTimeout(keepListing, document.hidden ? hiddenEvery : listEvery);
}

themeIn(at('theme'), () => {
  curves.redraw();
  runPage.redraw();
});
await keepListing();
show({ moved: false });
setInterval(() => {
  if (route().view === 'timeline' && !document.hidden) showSlots();
}, timelineEvery);
