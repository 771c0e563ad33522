/** Draws the two SVG charts of the benchmark; the same data is in the tables beside them. */

const NAMESPACE = 'http://www.w3.org/2000/svg';
const CLASSES = { wasm: 'first', webgpu: 'second' };
export const NAMES = { wasm: 'CPU', webgpu: 'GPU' };

/** Draws now and after every change of the width. */
export function keepDrawn(element, draw) {
  let width = 0;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (Math.round(contentRect.width) === width) return;
    width = Math.round(contentRect.width);
    if (width > 0) element.replaceChildren(draw(width));
  });
  observer.observe(element);
  return () => observer.disconnect();
}

/**
 * Horizontal bars: one per measure and backend, and a line at the real-time limit.
 * @param {{ name: string, values: { backend: string, ms: number }[] }[]} measures
 * @param {number} budget milliseconds
 * @param {number} width pixels
 */
export function barChart(measures, budget, width) {
  const [bar, label, gap, foot] = [16, 20, 10, 24];
  const most = Math.max(budget * 1.05, ...measures.flatMap(({ values }) => values.map(({ ms }) => ms)));
  const x = (ms) => (ms / most) * width;
  const height = measures.reduce((sum, { values }) => sum + label + values.length * (bar + 3) + gap, 0) + foot;
  const spoken = measures.map(
    ({ name, values }) => `${name}: ${values.map(({ backend, ms }) => `${NAMES[backend]} ${short(ms)}`).join(', ')}`,
  );
  const svg = chart(width, height, `Bars, in milliseconds. ${spoken.join('; ')}. The real-time limit is ${budget}.`);
  svg.append(shape('line', { class: 'budget', x1: x(budget), x2: x(budget), y1: 0, y2: height - foot }));
  let y = 0;
  for (const { name, values } of measures) {
    svg.append(text(name, { x: 0, y: y + label - 6 }));
    y += label;
    for (const { backend, ms } of values) {
      svg.append(shape('rect', { class: CLASSES[backend], x: 0, y, width: Math.max(1, x(ms)), height: bar, rx: 3 }));
      const said = `${NAMES[backend]} ${short(ms)} ms`;
      // Beside the bar, or inside its end where there is no room.
      const beside = x(ms) + 8 * said.length < width;
      const place = beside ? { x: x(ms) + 6 } : { x: x(ms) - 6, 'text-anchor': 'end', class: 'inside' };
      svg.append(text(said, { ...place, y: y + bar - 4 }));
      y += bar + 3;
    }
    y += gap;
  }
  svg.append(
    text(`${budget} ms`, { class: 'quiet', x: Math.min(x(budget), width - 4), y: height - 6, 'text-anchor': 'end' }),
  );
  return svg;
}

/**
 * One line per backend, over the frames.
 * @param {{ backend: string, took: number[] }[]} series
 * @param {number} window the frame at which it is full
 * @param {number} budget milliseconds
 * @param {number} width pixels
 */
export function lineChart(series, window, budget, width) {
  const [left, height, foot, top] = [44, 220, 24, 14];
  const frames = Math.max(...series.map(({ took }) => took.length));
  const most = 1.1 * Math.max(...series.flatMap(({ took }) => took));
  const x = (frame) => left + (frame / Math.max(1, frames - 1)) * (width - left - 4);
  const y = (ms) => top + (1 - ms / most) * (height - foot - top);
  const spoken = series.map(
    ({ backend, took }) => `${NAMES[backend]}: ${took.length} frames, ${short(Math.max(...took))} ms at most`,
  );
  const svg = chart(width, height, `A line. ${spoken.join('; ')}. The window is full at frame ${window}.`);
  for (const ms of ticks(most)) {
    svg.append(shape('line', { class: 'axis', x1: left, x2: width, y1: y(ms), y2: y(ms) }));
    svg.append(text(short(ms), { class: 'quiet', x: left - 6, y: y(ms) + 4, 'text-anchor': 'end' }));
  }
  svg.append(shape('line', { class: 'full', x1: x(window), x2: x(window), y1: top, y2: height - foot }));
  if (budget < most) svg.append(shape('line', { class: 'budget', x1: left, x2: width, y1: y(budget), y2: y(budget) }));
  for (const { backend, took } of series) {
    const path = took.map((ms, frame) => `${frame === 0 ? 'M' : 'L'}${x(frame).toFixed(1)} ${y(ms).toFixed(1)}`);
    svg.append(shape('path', { class: CLASSES[backend], d: path.join('') }));
  }
  let at = left;
  for (const { backend } of series) {
    svg.append(shape('rect', { class: CLASSES[backend], x: at, y: height - 14, width: 10, height: 10, rx: 2 }));
    svg.append(text(NAMES[backend], { x: at + 15, y: height - 5 }));
    at += 70;
  }
  svg.append(text(`${frames} frames`, { class: 'quiet', x: width - 2, y: height - 5, 'text-anchor': 'end' }));
  return svg;
}

/** Round numbers from 0 to below `most`, four or five of them. */
function ticks(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  return Array.from({ length: Math.ceil(most / step) }, (_, i) => i * step);
}

function short(ms) {
  return ms.toLocaleString('en', { maximumSignificantDigits: ms < 100 ? 2 : 3 });
}

function chart(width, height, label) {
  return shape('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label });
}

function text(content, attributes) {
  const made = shape('text', attributes);
  made.textContent = content;
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
