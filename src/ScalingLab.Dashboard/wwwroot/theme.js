// Before the first paint: the light that was chosen on this browser, else the system's. A classic script, so that
// nothing flashes.
{
  let kept = null;
  try {
    kept = localStorage.getItem('theme');
  } catch {
    // a browser that keeps nothing
  }
  if (kept === 'light' || kept === 'dark') document.documentElement.dataset.theme = kept;
}
