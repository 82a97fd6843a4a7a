// The nodes: which are there, what of them is in use, until when they yield; and the buttons that have them yield.
import { keyed } from './keyed.js';
import { aNode, everything, steerIn } from './steer.js';
import { clock, element, tell, untilWords } from './words.js';

const devices = node => node.devices.map(d => `${d.name}: ${d.busy} of ${d.slots} in use`).join(', ');

/** The nodes in a place; `show` asks the server and draws. */
export function nodesIn(place, changes) {
  const all = element('div', { 'className': 'steer', 'role': 'group', 'aria-label': 'Change everything' });
  const said = element('p', { className: 'steered', role: 'status' });
  const yields = element('p', { className: 'yields', hidden: true });
  const list = element('ul', { 'className': 'nodes', 'aria-label': 'Nodes' });
  place.replaceChildren(yields, all, said, list);
  const again = () => show().catch(() => {});
  const steerAll = steerIn(all, said, changes, again);

  async function show() {
    const answer = await fetch('api/nodes');
    if (!answer.ok) throw new Error(`api/nodes: ${answer.status}`);
    const nodes = await answer.json();
    steerAll.show(everything(nodes));
    tell(yields, nodes.yieldedUntil ? `Everything yields ${untilWords(nodes.yieldedUntil, nodes.now)}.` : '');
    yields.hidden = !nodes.yieldedUntil;
    keyed(
      list,
      nodes.nodes,
      n => n.name,
      node => {
        const buttons = element('span', { 'className': 'steer', 'role': 'group', 'aria-label': `Change ${node.name}` });
        const item = element('li', {}, element('strong', {}, node.name), element('span'), buttons);
        if (changes) item.steer = steerIn(buttons, said, changes, again);
        return item;
      },
      (item, node) => {
        const words = [node.up ? 'up' : `silent since ${clock(node.announced, new Date(nodes.now))}`, devices(node)];
        if (node.yieldedUntil) words.push(`yielded ${untilWords(node.yieldedUntil, nodes.now)}`);
        tell(item.children[1], words.filter(Boolean).join(' · '));
        item.classList.toggle('silent', !node.up);
        item.steer?.show(aNode(node, Boolean(nodes.yieldedUntil)));
      },
    );
  }

  return { show };
}
