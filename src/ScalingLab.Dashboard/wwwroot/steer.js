// Buttons that change a sweep, a run, a node or everything, each with a dialog that says what it does. They are there
// for a browser that has opened the page with its token.
import { isOpen } from './sweeps.js';
import { element, tell } from './words.js';

const some = (sweep, ...names) => names.some(s => sweep.states[s] > 0);

const yieldFor = {
  name: 'for',
  label: 'For how long, or until when',
  hint: '90m, 4h, or 07:30; empty: until it is resumed',
  send: text => (text.includes(':') ? { until: text } : { for: text }),
};

const ofSweep = [
  {
    name: 'pause',
    sense: s => !s.paused && isOpen(s),
    says: 'Starts no more runs of it. What runs goes on to its end.',
  },
  { name: 'resume', sense: s => s.paused || s.yieldedUntil, says: 'Takes a pause or a yield of it back.' },
  {
    name: 'yield',
    sense: isOpen,
    says: 'Its workers write a checkpoint and stop within 30 s; nothing more of it starts. Its runs go on from there.',
    fields: [yieldFor],
  },
  {
    name: 'retry',
    sense: s => some(s, 'failed', 'quarantined', 'cancelled'),
    says: 'Its failed, quarantined and cancelled runs are tried again.',
  },
  {
    name: 'cancel',
    sense: isOpen,
    says: 'Its runs that have not ended are stopped for good, on whatever node. Finished runs stay.',
    grave: true,
  },
  {
    name: 'priority',
    sense: isOpen,
    says: 'Sweeps of a higher priority get devices first.',
    fields: [
      {
        name: 'priority',
        label: 'Priority',
        type: 'number',
        value: s => s.priority ?? 0,
        hint: 'a whole number; higher first',
      },
    ],
  },
  {
    name: 'window',
    sense: isOpen,
    says: 'It runs in its window only. When that closes, its workers write a checkpoint and stop.',
    fields: [
      {
        name: 'window',
        label: 'Window',
        value: s => s.window ?? '',
        hint: "20:00-08:00, or 'mon-fri 20:00-08:00, sat,sun 00:00-24:00'; empty: always",
        none: true,
      },
    ],
  },
  {
    name: 'deadline',
    sense: isOpen,
    says: 'Nothing of it starts that cannot end by then; what has not ended by then stops with a checkpoint.',
    fields: [
      {
        name: 'deadline',
        label: 'Deadline',
        value: () => '',
        hint: '07:30, or 2030-01-31T07:30+01:00; empty: none',
        none: true,
      },
    ],
  },
];

const ofRun = [
  {
    name: 'retry',
    sense: r => ['failed', 'quarantined', 'cancelled'].includes(r.state),
    says: 'The run is tried again.',
  },
  {
    name: 'cancel',
    sense: r => ['running', 'pending'].includes(r.state),
    says: 'The run is stopped for good, on whatever node.',
    grave: true,
  },
];

const ofNode = [
  {
    name: 'yield',
    sense: () => true,
    says: 'Its workers write a checkpoint and stop within 30 s; nothing more starts there. Others may take its runs.',
    fields: [yieldFor],
  },
  {
    name: 'resume',
    sense: n => n.yieldedUntil && !n.all,
    says: 'Takes a yield of it back.',
  },
];

const ofAll = [
  {
    name: 'yield',
    words: 'yield everything',
    sense: () => true,
    says: 'All workers write a checkpoint and stop within 30 s; nothing more starts anywhere. Runs go on from there.',
    fields: [yieldFor],
  },
  {
    name: 'resume',
    words: 'resume everything',
    sense: a => a.yieldedUntil || a.nodes.some(n => n.yieldedUntil),
    says: 'Takes every yield back, of everything, of nodes and of sweeps. What is paused stays paused.',
  },
];

const address = (kind, name) => `api/${kind}/${encodeURIComponent(name)}`;

/** A sweep that can be changed. */
export const aSweep = sweep => ({ of: sweep, actions: ofSweep, name: sweep.name, at: address('sweeps', sweep.name) });

/** A run of a sweep that can be changed. */
export const aRun = (sweep, run) => ({
  of: run,
  actions: ofRun,
  name: `run ${run.id}`,
  at: address('sweeps', sweep.name),
  body: { run: run.id },
});

/** A node that can be changed; `all`: it yields with everything. */
export const aNode = (node, all) => ({
  of: { ...node, all },
  actions: ofNode,
  name: node.name,
  at: address('nodes', node.name),
});

/** Everything that can be changed at once, by what api/nodes answers. */
export const everything = nodes => ({ of: nodes, actions: ofAll, name: 'everything', at: 'api' });

/** Whether this browser may change things. */
export async function mayChange() {
  const answer = await fetch('api/access');
  return answer.ok && (await answer.json()).changes === true;
}

/**
 * Buttons in a place, and words of what came of them in another; `show(target)` shows those that make sense for a
 * target, and `changed` is called when one was changed.
 */
export function steerIn(place, said, changes, changed = () => {}) {
  let target = null;
  if (!changes) {
    place.replaceChildren(
      element(
        'p',
        { className: 'locked' },
        'Looking only. To pause, retry or cancel from here, open this page once as ',
        element('code', {}, `${location.origin}${location.pathname}?token=TOKEN`),
        '; the token is in ',
        element('code', {}, '$SCALINGLAB_HOME/token'),
        ' (.lab/token unless set) on the machine of lab serve, or in $SCALINGLAB_TOKEN.',
      ),
    );
    return { show() {} };
  }
  const make = action => {
    const button = element(
      'button',
      { type: 'button', className: action.grave ? 'grave' : '', title: action.says },
      action.words ?? action.name,
    );
    button.addEventListener('click', () => ask(action, target, said, changed));
    return { action, button };
  };
  let shown = null;
  let buttons = [];
  return {
    show(next) {
      const name = t => t && `${t.at} ${t.name}`;
      if (target && name(next) !== name(target)) tell(said, '');
      target = next;
      if (shown !== target.actions) {
        shown = target.actions;
        buttons = shown.map(make);
        place.replaceChildren(...buttons.map(b => b.button));
      }
      for (const { action, button } of buttons) button.disabled = !action.sense(target.of);
    },
  };
}

/** Asks before anything changes; what the server refuses is said in the dialog, which stays. */
function ask(action, target, said, changed) {
  const inputs = (action.fields ?? []).map(field => ({
    ...field,
    input: element('input', {
      'type': field.type ?? 'text',
      'id': `steer-${field.name}`,
      'value': String(field.value?.(target.of) ?? ''),
      'aria-describedby': `hint-${field.name}`,
    }),
  }));
  const problem = element('p', { className: 'problem', role: 'alert' });
  const go = element('button', { type: 'submit', className: action.grave ? 'grave' : 'chief' }, action.name);
  const back = element('button', { type: 'button', autofocus: Boolean(action.grave) }, 'Leave it');
  const form = element(
    'form',
    { method: 'dialog' },
    element('h2', { id: 'asked' }, `${action.name} ${target.name}?`),
    element('p', {}, action.says),
    ...inputs.map(({ name, label, hint, input }) =>
      element(
        'p',
        { className: 'field' },
        element('label', { htmlFor: input.id }, label),
        input,
        element('small', { id: `hint-${name}` }, hint),
      ),
    ),
    problem,
    element('p', { className: 'answers' }, go, back),
  );
  const dialog = element('dialog', { 'aria-labelledby': 'asked' }, form);
  back.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  form.addEventListener('submit', async event => {
    event.preventDefault();
    go.disabled = true;
    const { done, why } = await post(`${target.at}/${action.name}`, wish(inputs, target.body));
    go.disabled = false;
    if (why) return tell(problem, why);
    tell(said, done);
    dialog.close();
    changed();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** What the change is told: the fields that are filled; an empty one that can be taken back is null. */
function wish(inputs, own) {
  const body = { ...own };
  for (const { name, type, none, send, input } of inputs) {
    const text = input.value.trim();
    if (text && send) Object.assign(body, send(text));
    else if (text) body[name] = type === 'number' ? Number(text) : text;
    else if (none) body[name] = null;
  }
  return Object.keys(body).length ? body : null;
}

async function post(address, body) {
  try {
    const answer = await fetch(address, {
      method: 'POST',
      ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    const said = await answer.json().catch(() => ({}));
    return answer.ok
      ? { done: said.done ?? 'done' }
      : { why: said.detail ?? said.title ?? `refused (${answer.status})` };
  } catch (error) {
    return { why: `the page's server cannot be reached: ${error.message}` };
  }
}
