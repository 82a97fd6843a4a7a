// The loss curves: drawn by the server, made to answer by live.js.
import { element } from './words.js';

/** The figure in a place: `show` asks for the curves of a sweep as they stand, and keeps what was hidden and zoomed while it is the same sweep. */
export function figureIn(place) {
  let drawn = null;
  return {
    async show(address) {
      const answer = await fetch(`${address}/figure?width=${Math.round(place.clientWidth)}`);
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      if (answer.status === 204) {
        drawn = null;
        delete place.keptView;
        place.replaceChildren(element('p', { className: 'missing' }, 'No run has reported a loss yet.'));
        return;
      }
      const parsed = new DOMParser().parseFromString(await answer.text(), 'image/svg+xml').documentElement;
      if (drawn !== address) delete place.keptView;
      drawn = address;
      place.replaceChildren(document.adoptNode(parsed));
      liveFigure(place);
      place.dataset.points = JSON.parse(parsed.dataset.live).dots.length;
    },
  };
}
