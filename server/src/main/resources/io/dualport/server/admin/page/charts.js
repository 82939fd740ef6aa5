/** Live charts of the last minutes. */

import { html, useEffect, useRef, useState } from './vendor/htm-preact.js';
import uPlot from './vendor/uplot.js';
import { Choice } from './header.js';
import { useTongue } from './tongue.js';

const HEIGHT = 190;
const SPANS_SECONDS = [120, 600];
const LINE = 2;
/** A second line is told by its dashes, too. */
const DASHES = { tcp: [], udp: [7, 4], kernel: [2, 4] };
/** Between two lines of the grid; nobody sends half a message. */
const WHOLE_STEPS = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();
const BYTE_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

export function Charts({ history, newest, theme, language }) {
  const { words, figures } = useTongue();
  const [seconds, setSeconds] = useState(SPANS_SECONDS[0]);
  const shared = { history, seconds, theme };
  const rate = (number) => `${figures.rate(number)}`;
  const mark = (number) => figures.mark(number);
  const bytes = (number) => figures.bytes(number);
  return html`
    <section class="charts" aria-labelledby="charts-title">
      <div class="title-row">
        <h2 id="charts-title">${words.chartsTitle}</h2>
        <${Choice}
          name="span"
          label=${words.chartSpan}
          value=${seconds}
          choose=${setSeconds}
          options=${SPANS_SECONDS.map((value) => ({ value, text: words.minutes(value / 60) }))}
        />
      </div>
      <p class="lead">${words.chartsLead}</p>
      <div class="chart-row">
        <${Chart}
          key="messages-${language}"
          ...${shared}
          title=${words.chartMessages}
          note=${words.chartMessagesNote}
          say=${rate}
          mark=${mark}
          steps=${WHOLE_STEPS}
          lines=${[
            { name: 'tcpMessages', kind: 'tcp', text: words.tcp, now: newest.tcp.messagesIn },
            { name: 'udpMessages', kind: 'udp', text: words.udp, now: newest.udp.messagesIn },
          ]}
        />
        <${Chart}
          key="bytes-${language}"
          ...${shared}
          title=${words.chartBytes}
          say=${bytes}
          mark=${bytes}
          steps=${BYTE_STEPS}
          lines=${[
            { name: 'tcpBytes', kind: 'tcp', text: words.tcp, now: newest.tcp.bytesIn },
            { name: 'udpBytes', kind: 'udp', text: words.udp, now: newest.udp.bytesIn },
          ]}
        />
        <${Chart}
          key="dropped-${language}"
          ...${shared}
          title=${words.chartDropped}
          note=${words.chartDroppedNote}
          say=${rate}
          mark=${mark}
          steps=${WHOLE_STEPS}
          lines=${[
            { name: 'udpDropped', kind: 'udp', text: words.byServer, now: newest.udp.dropped },
            { name: 'udpKernelDropped', kind: 'kernel', text: words.byKernel, now: history.kernelDropRate },
          ]}
        />
      </div>
    </section>
  `;
}

function Chart({ history, seconds, theme, title, note, lines, say, mark, steps }) {
  const { words, figures } = useTongue();
  const place = useRef(null);
  const plot = useRef(null);
  const inks = useRef(null);
  const pointed = useRef(() => {});
  const [cursor, setCursor] = useState(null);
  const span = useRef(seconds);
  span.current = seconds;
  pointed.current = (row) => setCursor((last) => (last === row ? last : row));

  useEffect(() => {
    inks.current = new Inks(place.current);
    const chart = draw(place.current, inks.current, { lines, history, span, pointed, mark, steps, figures, words });
    plot.current = chart;
    const width = new ResizeObserver(() => chart.setSize({ width: place.current.clientWidth, height: HEIGHT }));
    width.observe(place.current);
    return () => {
      width.disconnect();
      chart.destroy();
    };
  }, []);
  // What the canvas has drawn does not follow the style sheets by itself.
  useEffect(() => {
    const redraw = () => {
      inks.current.forget();
      plot.current.redraw(false, true);
    };
    redraw();
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', redraw);
    return () => system.removeEventListener('change', redraw);
  }, [theme]);
  useEffect(() => plot.current.setData(history.columns(lines.map((line) => line.name))), [
    history.newestSeconds,
    seconds,
  ]);

  const columns = history.columns(lines.map((line) => line.name));
  const at = cursor !== null && columns[0][cursor] !== undefined ? cursor : null;
  const values = lines.map((line, index) => (at === null ? line.now : columns[index + 1][at]));
  const spoken = lines.map((line, index) => `${line.text} ${say(values[index])}`).join(', ');
  return html`
    <figure class="card chart">
      <figcaption>
        <b>${title}</b>
        <span class="legend">
          ${lines.map(
            (line, index) => html`
              <span class="key ${line.kind}" key=${line.name}>
                <i></i> ${line.text} <b>${say(values[index])}</b>
              </span>
            `,
          )}
          <span class="when">${at === null ? words.chartNow : figures.time(columns[0][at] * 1000)}</span>
        </span>
      </figcaption>
      <div class="plot" role="img" aria-label=${words.chartSays(title, spoken)} ref=${place}></div>
      ${note && html`<p class="note">${note}</p>`}
    </figure>
  `;
}

/** The colours that the style sheets give now, read once for each theme. */
class Inks {
  #place;
  #colours = new Map();

  constructor(place) {
    this.#place = place;
  }

  forget() {
    this.#colours.clear();
  }

  get(name) {
    if (!this.#colours.has(name)) this.#colours.set(name, colourOf(this.#place, name));
    return this.#colours.get(name);
  }
}

function colourOf(place, name) {
  const probe = document.createElement('i');
  probe.className = `ink-${name}`;
  place.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function draw(place, inks, { lines, history, span, pointed, mark, steps, figures, words }) {
  const axis = {
    stroke: () => inks.get('text'),
    grid: { stroke: () => inks.get('grid'), width: 1 },
    ticks: { show: false },
    font: `12px ${getComputedStyle(place).fontFamily}`,
  };
  const options = {
    width: Math.max(1, place.clientWidth),
    height: HEIGHT,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, sync: { key: 'dualport' }, y: false, points: { size: 7 } },
    scales: {
      x: { range: () => range(history.newestSeconds, span.current) },
      y: { range: (_, __, most) => [0, Math.max(4, (most ?? 0) * 1.12)] },
    },
    axes: [
      { ...axis, space: 80, size: 28, values: (_, splits) => splits.map((at) => figures.time(at * 1000)) },
      { ...axis, space: 34, size: 64, values: (_, splits) => splits.map((at) => mark(at)), incrs: steps },
    ],
    series: [
      {},
      ...lines.map(({ kind }) => ({
        stroke: () => inks.get(kind),
        fill: kind === 'tcp' ? () => inks.get('tcp-fill') : undefined,
        width: LINE,
        dash: DASHES[kind],
        spanGaps: false,
        points: { show: false },
      })),
    ],
    hooks: {
      setCursor: [(chart) => pointed.current(chart.cursor.idx ?? null)],
      draw: [(chart) => markRestarts(chart, history.restarts, inks.get('text'), words.chartRestart)],
    },
  };
  return new uPlot(options, history.columns(lines.map((line) => line.name)), place);
}

function range(newest, seconds) {
  const end = newest ?? 0;
  return [end - seconds, end];
}

/** A dotted line where a new server began. */
function markRestarts(chart, restarts, colour, label) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.setLineDash([2, 4]);
  for (const seconds of restarts) {
    const x = chart.valToPos(seconds, 'x', true);
    if (x < bbox.left) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const right = x > bbox.left + bbox.width / 2;
    ctx.textAlign = right ? 'right' : 'left';
    ctx.textBaseline = 'top';
    ctx.fillText(label, x + (right ? -5 : 5) * devicePixelRatio, bbox.top);
  }
  ctx.restore();
}
