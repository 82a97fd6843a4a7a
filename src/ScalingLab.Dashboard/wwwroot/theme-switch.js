// The switch between the system's light, light and dark; theme.js has it kept before the first paint.
import { tell } from './words.js';

const next = { system: 'light', light: 'dark', dark: 'system' };

/** The button; `changed` hears that colours are others. */
export function themeIn(button, changed) {
  const root = document.documentElement;
  const is = () => root.dataset.theme ?? 'system';
  const paint = () => tell(button, `Theme: ${is()}`);
  button.addEventListener('click', () => {
    const chosen = next[is()];
    if (chosen === 'system') delete root.dataset.theme;
    else root.dataset.theme = chosen;
    keep(chosen);
    paint();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  paint();
}

function keep(chosen) {
  try {
    if (chosen === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', chosen);
  } catch {
    // a browser that keeps nothing
  }
}
