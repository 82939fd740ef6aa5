/** The rows of the five-tuple table. */

import { html } from './vendor/htm-preact.js';
import { NONE, endpoint } from './figures.js';
import { Tag } from './port.js';
import { useTongue } from './tongue.js';
import { pairs } from './twins.js';

/** What is counted for a five-tuple: the column's key in the words, what sorts it, what explains it. */
const COUNTED = [
  { label: 'columnMessagesIn', sort: 'messagesIn' },
  { label: 'columnMessagesOut', sort: 'messagesOut' },
  { label: 'columnReads', sort: 'reads', about: 'about_reads' },
  { label: 'columnBytesIn', sort: 'bytesIn' },
  { label: 'columnRate', about: 'aboutRate' },
  { label: 'columnDropped', sort: 'dropped' },
  { label: 'columnLastSeen', sort: 'lastSeen' },
];
const AT_THE_KERNEL = [
  { label: 'columnRtt', sort: 'rtt', about: 'aboutRtt' },
  { label: 'columnLoop', about: 'aboutLoop' },
  { label: 'columnInode', about: 'aboutInode' },
];
const ENDED = { label: 'columnEnded' };
const FIELDS = ['protocol', 'sourceIp', 'sourcePort', 'destinationIp', 'destinationPort'];

/** A name for each row. Only ended flows can share a five-tuple; these are told apart by their turn. */
function names(flows) {
  const turns = new Map();
  return flows.map((flow) => {
    const name = `${flow.protocol} ${flow.source} ${flow.destination} ${flow.ended === null ? '' : flow.firstSeen.slice(0, 19)}`;
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    return `${name} ${turn}`;
  });
}

/** Messages in per second between two answers, by the name of the row; null where that is not known. */
function rates(answer, before) {
  const seconds = before ? (Date.parse(answer.time) - Date.parse(before.time)) / 1000 : 0;
  const rate = new Map();
  if (!(seconds > 0) || before.instance !== answer.instance) return rate;
  const earlierNames = names(before.flows);
  const earlier = new Map(before.flows.map((flow, row) => [earlierNames[row], flow.messagesIn]));
  names(answer.flows).forEach((name, row) => {
    const more = answer.flows[row].messagesIn - earlier.get(name);
    // Fewer than before: another flow of the same five-tuple. None at all: a stream that is no probe.
    if (more >= 0 && answer.flows[row].messagesIn !== null) rate.set(name, more / seconds);
  });
  return rate;
}

export function FlowTable({ answer, before, question, sort, inode, pointAt, showTwin }) {
  const { words } = useTongue();
  const rate = rates(answer, before);
  const name = names(answer.flows);
  const places = pairs(answer.flows);
  const withEnds = question.state !== 'live';
  const heads = [...COUNTED, ...AT_THE_KERNEL, ...(withEnds ? [ENDED] : [])];
  return html`
    <div class="scroll" role="region" tabindex="0" aria-labelledby="flows-caption">
      <table class="flow-table">
        <caption id="flows-caption" class="unseen">${words.flowsCaption}</caption>
        <thead>
          <tr>
            <${Head} span="5" label="fiveTuple" by="tuple" ...${{ answer, sort }} />
            <th scope="colgroup" colspan=${COUNTED.length}>${words.counted}</th>
            <th scope="colgroup" colspan=${heads.length - COUNTED.length}>${words.atTheKernel}</th>
          </tr>
          <tr>
            ${FIELDS.map((field) => html`<th scope="col" key=${field}>${words[field]}</th>`)}
            ${heads.map(
              (head) => html`<${Head} key=${head.label} label=${head.label} by=${head.sort} about=${head.about} ...${{ answer, sort }} />`,
            )}
          </tr>
        </thead>
        <tbody>
          ${answer.flows.map(
            (flow, row) => html`
              <${Row}
                key=${name[row]}
                rate=${rate.get(name[row]) ?? null}
                place=${places[row]}
                pointed=${flow.inode !== null && flow.inode === inode}
                ...${{ flow, withEnds, pointAt, showTwin }}
              />
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** A column's head; a button where the server can sort by it. It tells how the rows that are shown are sorted. */
function Head({ label, by, about, span, answer, sort }) {
  const { words } = useTongue();
  const text = words[label];
  const sorted = by !== undefined && answer.sort === by;
  const direction = sorted ? (answer.order === 'asc' ? 'ascending' : 'descending') : 'none';
  return html`
    <th
      scope=${span ? 'colgroup' : 'col'}
      colspan=${span}
      class=${span ? '' : 'figure'}
      title=${about && words[about]}
      aria-sort=${by ? direction : undefined}
    >
      ${by
        ? html`<button type="button" data-sort=${by} title=${words.sortBy(text)} onClick=${() => sort(by)}>
            ${text}<span class="arrow" aria-hidden="true">${sorted ? (answer.order === 'asc' ? '▲' : '▼') : '↕'}</span>
          </button>`
        : text}
    </th>
  `;
}

function Row({ flow, rate, place, pointed, withEnds, pointAt, showTwin }) {
  const { words, figures } = useTongue();
  const source = endpoint(flow.source);
  const destination = endpoint(flow.destination);
  const same = place === 'second' ? 'same' : '';
  const dropTitle = Object.entries(flow.drops)
    .map(([reason, count]) => `${words[`drop_${reason}`] ?? reason}: ${figures.count(count)}`)
    .join('; ');
  return html`
    <tr
      class="${place ? `twin twin-${place}` : ''} ${pointed ? 'pointed' : ''}"
      onMouseEnter=${() => pointAt(flow.inode)}
      onMouseLeave=${() => pointAt(null)}
    >
      <td class="protocol ${place ? 'differs' : ''}">
        <${Tag} protocol=${flow.protocol} />
        ${place && html`<span class="differs-word"><i aria-hidden="true">≠</i> ${words.differs}</span>`}
        ${place && html`<span class="unseen">${words.differsFrom}</span>`}
        ${flow.twin &&
        !place &&
        html`<button type="button" class="show-twin" title=${words.showTwin(flow.source)} onClick=${() => showTwin(flow.source)}>
          ${words.twin}
        </button>`}
      </td>
      <td class="address ${same}">${source.address}</td>
      <td class="figure ${same}">${source.port}</td>
      <td class="address ${same}">${destination.address}</td>
      <td class="figure ${same}">${destination.port}</td>
      <${Messages} cell="messagesIn" flow=${flow} />
      <${Messages} cell="messagesOut" flow=${flow} />
      <td class="figure" data-cell="reads">${figures.count(flow.reads)}</td>
      <td class="figure" title=${figures.count(flow.bytesIn)}>${figures.bytes(flow.bytesIn)}</td>
      <td class="figure">${figures.rate(rate)}</td>
      <td class="figure ${flow.dropped > 0 ? 'dropped' : ''}" title=${dropTitle || undefined}>${figures.count(flow.dropped)}</td>
      <td class="figure">${figures.time(flow.lastSeen)}</td>
      <${Rtt} flow=${flow} />
      <td class="figure">${flow.eventLoop}</td>
      <td class="figure"><${Inode} inode=${flow.inode} pointAt=${pointAt} /></td>
      ${withEnds &&
      html`<td class="figure">${flow.ended === null ? words.stillLive : (words[`ended_${flow.ended}`] ?? flow.ended)}</td>`}
    </tr>
  `;
}

/** A stream that is no probe has no messages, and a 0 would read like a loss. */
function Messages({ cell, flow }) {
  const { words, figures } = useTongue();
  const why = { none: words.noMessages, left: words.thenOtherBytes }[flow.framing];
  return html`<td class="figure" data-cell=${cell} title=${why}>${figures.count(flow[cell])}${flow.framing === 'left' && '+'}</td>`;
}

function Rtt({ flow }) {
  const { words, figures } = useTongue();
  // A transport that knows no inode has no TCP_INFO either.
  const whyTcp = flow.inode === null ? words.noInode : words.noRttTcp;
  const why = flow.protocol === 'udp' ? words.noRttUdp : whyTcp;
  return flow.rttMicros === null
    ? html`<td class="figure" title=${why}>${NONE}</td>`
    : html`<td class="figure">${figures.micros(flow.rttMicros)}</td>`;
}

/** Leads to the socket's row in the kernel's table, and points at it. */
function Inode({ inode, pointAt }) {
  const { words } = useTongue();
  if (inode === null) return html`<span title=${words.noInode}>${NONE}</span>`;
  return html`
    <a href="#inode-${inode}" title=${words.aboutInode} onFocus=${() => pointAt(inode)} onBlur=${() => pointAt(null)}>
      ${inode}
    </a>
  `;
}
