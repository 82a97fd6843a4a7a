// Says that a sweep has ended: by the browser's notification where somebody asked for it, and by the page's title.
import { isOpen, statesWords } from './sweeps.js';
import { tell } from './words.js';

const place = 'tell-ends';

/**
 * The button that asks; `watch(sweeps)` is told how they stand, `title` is what the page's title begins with until
 * somebody looks.
 */
export function notifyIn(button, said) {
  const can = 'Notification' in window;
  let open = null;
  let wanted = kept() && can && Notification.permission === 'granted';
  const news = { title: '' };
  paint();

  button.addEventListener('click', async () => {
    if (wanted) wanted = false;
    else if (!can)
      tell(said, 'This browser has no notifications on such an address: the title of this page will say it.');
    else {
      wanted = (await Notification.requestPermission()) === 'granted';
      if (!wanted)
        tell(
          said,
          'The browser does not allow notifications from this page: its title will say when a sweep has ended.',
        );
    }
    if (wanted) tell(said, 'You will be told when a sweep has ended, as long as this page is open.');
    keep(wanted);
    paint();
  });
  for (const looked of ['focus', 'pointerdown', 'keydown'])
    addEventListener(looked, () => {
      news.title = '';
    });

  function paint() {
    button.setAttribute('aria-pressed', String(wanted));
  }

  return {
    get title() {
      return news.title;
    },
    watch(sweeps) {
      const now = new Set(sweeps.filter(isOpen).map(s => s.name));
      for (const sweep of sweeps) {
        if (!open?.has(sweep.name) || now.has(sweep.name)) continue;
        tell(said, `${sweep.name} has ended: ${statesWords(sweep.states)}`);
        news.title = `✓ ${sweep.name} has ended`;
        if (wanted) notify(sweep);
      }
      open = now;
    },
  };
}

function notify({ name, states }) {
  try {
    new Notification(`${name} has ended`, { body: statesWords(states), tag: name, icon: 'icon.svg' });
  } catch {
    // a telephone's browser leaves notifications to programs that are installed: the title says it
  }
}

function kept() {
  try {
    return localStorage.getItem(place) === 'yes';
  } catch {
    return false;
  }
}

function keep(wanted) {
  try {
    localStorage.setItem(place, wanted ? 'yes' : 'no');
  } catch {
    // a browser that keeps nothing
  }
}
