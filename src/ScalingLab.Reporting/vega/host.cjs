// Vega in one long-lived process: one JSON request a line on stdin, {id, spec, advances?}, one JSON answer a line on stdout,
// {id, svg} or {id, error}. A spec is Vega-Lite. Nothing is loaded from anywhere: data stand in the spec.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const modules = path.join(process.env.SCALINGLAB_VEGA || __dirname, 'node_modules');
// As global scripts, the same two files that the report inlines: the packages' module entry points pull in eighty files more.
for (const file of ['vega/build/vega.min.js', 'vega-lite/build/vega-lite.min.js']) {
  vm.runInThisContext(fs.readFileSync(path.join(modules, file), 'utf8'), { filename: file });
}
const { vega, vegaLite } = globalThis;

// Without a canvas Vega guesses 0.8 em a character, some 40 % too wide, which bends the layout. The caller sends the advance
// widths of the font that will draw the text, in em by code point; unknown characters count 0.6 em.
let advances = {};
vega.textMetrics.width = (item, text) => {
  const value = text ?? item.text;
  const line = Array.isArray(value) ? value.join(' ') : String(value ?? '');
  let em = 0;
  for (const character of line) em += advances[character.codePointAt(0)] ?? 0.6;
  const bold = /bold|[6-9]00/.test(item.fontWeight ?? '') ? 1.08 : 1;
  return em * bold * (Number(item.fontSize ?? 11) || 0);
};

const refuse = address => Promise.reject(new Error(`a figure loads nothing: ${address}`));

async function render(spec) {
  // Vega logs a fault in the data flow and draws an empty figure all the same: keep the first fault and raise it.
  let fault = null;
  const keep = (...words) => { fault ??= words.find(word => word instanceof Error) ?? new Error(words.join(' ')); return logger; };
  const logger = { level: () => logger, error: keep, warn: keep, info: () => logger, debug: () => logger };
  vega.resetSVGDefIds(); // gradients and clips are numbered by process: the same spec gives the same bytes
  const compiled = vegaLite.compile(spec, { logger }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger, loader: { load: refuse, sanitize: refuse } });
  const svg = await view.toSVG();
  view.finalize();
  if (fault) throw fault;
  return svg;
}

async function answer(line) {
  let id = null;
  try {
    const request = JSON.parse(line);
    id = request.id;
    if (request.advances) advances = request.advances;
    return { id, svg: await render(request.spec) };
  } catch (error) {
    return { id, error: String((error && error.message) || error) };
  }
}

let queue = Promise.resolve();
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  queue = queue.then(() => answer(line)).then(reply => process.stdout.write(JSON.stringify(reply) + '\n'));
});
