// Buttons that change the chosen sweep. They show when this browser has opened the page once with its token; the cookie speaks for it.
import { element } from './words.js';

const actions = [
  ['pause', 'start no more runs; those that run go on to their end', s => !s.paused],
  ['resume', 'take a pause or a yield back', () => true],
  ['yield', 'workers checkpoint and stop; until resume', s => s.states.running + s.states.pending > 0],
  ['retry', 'failed, quarantined and cancelled runs run again', s => s.states.failed + s.states.quarantined + s.states.cancelled > 0],
  ['cancel', 'runs that have not ended will not be run', s => s.states.running + s.states.pending > 0],
];

/** Buttons in a place, and words of what came of them in another; show(sweep) shows those that make sense. */
export async function steerIn(place, said) {
  const { changes } = await (await fetch('api/access')).json();
  let sweep = null;
  const buttons = actions.map(([name, title, makesSense]) => {
    const button = element('button', { type: 'button', title }, name);
    button.addEventListener('click', () => act(name));
    return { button, makesSense };
  });
  place.replaceChildren(...buttons.map(b => b.button));

  async function act(name) {
    if (name === 'cancel' && !confirm(`Cancel the runs of ${sweep.name} that have not ended?`)) return;
    try {
      const answer = await fetch(`api/sweeps/${encodeURIComponent(sweep.name)}/${name}`, { method: 'POST' });
      const { done, detail } = await answer.json();
      said.textContent = done ?? detail;
    } catch (error) {
      said.textContent = `${name}: ${error.message}`;
    }
  }

  return {
    show(next) {
      if (next.name !== sweep?.name) said.textContent = '';
      sweep = next;
      place.hidden = !changes;
      for (const { button, makesSense } of buttons) button.disabled = !makesSense(sweep);
    },
  };
}
