// Elements that follow a list of things: what stays keeps its element, its focus and a press that is under way.

/** Children of a place, one a thing, in their order: made once by key, then updated. */
export function keyed(place, things, keyOf, make, update) {
  const old = place.kept ?? new Map();
  const held = document.activeElement;
  const kept = new Map();
  let at = place.firstElementChild;
  for (const thing of things) {
    const key = keyOf(thing);
    const node = old.get(key) ?? make(thing);
    update(node, thing);
    kept.set(key, node);
    if (node === at) at = at.nextElementSibling;
    else place.insertBefore(node, at);
  }
  for (const [key, node] of old) if (!kept.has(key)) node.remove();
  place.kept = kept;
  if (held !== document.activeElement && place.contains(held)) held.focus({ preventScroll: true });
}
