/** The kernel's own rows for the port, and its counters beside ours. */

import { html } from './vendor/htm-preact.js';
import { NONE } from './figures.js';
import { Tag, droppedOf } from './port.js';
import { useTongue } from './tongue.js';

/**
 * The kernel's counters that have a meaning here, with ours where we count the same thing. Those that matter only
 * when they count are folded away until then. For UDP the kernel counts IPv4 and IPv6 apart (/proc/net/snmp, snmp6);
 * the names of a row are added up.
 */
const BESIDE = [
  { names: both('InDatagrams'), meaning: 'UdpInDatagrams', ours: ({ udp }) => udp.messagesIn + neverCountedIn(udp) },
  { names: both('OutDatagrams'), meaning: 'UdpOutDatagrams', ours: ({ udp }) => udp.messagesOut },
  { names: ['Tcp.PassiveOpens'], meaning: 'TcpPassiveOpens', ours: ({ tcp }) => tcp.connectionsAccepted },
  { names: ['Tcp.EstabResets'], meaning: 'TcpEstabResets', ours: ({ tcp }) => tcp.closedByReset },
  { names: both('RcvbufErrors'), meaning: 'UdpRcvbufErrors' },
  { names: ['TcpExt.ListenOverflows'], meaning: 'ListenOverflows' },
  { names: both('InErrors'), meaning: 'UdpInErrors', whenCounted: true },
  { names: both('NoPorts'), meaning: 'UdpNoPorts', whenCounted: true },
  { names: ['Tcp.RetransSegs'], meaning: 'TcpRetransSegs', whenCounted: true },
  { names: ['TcpExt.ListenDrops'], meaning: 'ListenDrops', whenCounted: true },
];

/** The rows of this kernel that are to be shown, each with its sum. */
function rowsOf(counters) {
  return BESIDE.map((row) => ({ ...row, names: row.names.filter((name) => name in counters) }))
    .map((row) => ({ ...row, sum: row.names.reduce((sum, name) => sum + counters[name], 0) }))
    .filter(({ names, sum, whenCounted }) => names.length > 0 && (sum > 0 || !whenCounted));
}

function both(name) {
  return [`Udp.${name}`, `Udp6.${name}`];
}

/** Dropped after it was counted in: all that the guard and the rate let through. */
const AFTER_COUNTED_IN = ['droppedLoop', 'droppedOversize', 'droppedSendError'];

function neverCountedIn(udp) {
  return droppedOf(udp) - AFTER_COUNTED_IN.reduce((sum, reason) => sum + (udp[reason] ?? 0), 0);
}

export function Kernel({ answer, fault, inode, pointAt }) {
  const { words, figures } = useTongue();
  return html`
    <section class="card kernel" aria-labelledby="kernel-title">
      <h2 id="kernel-title">${words.kernelTitle}</h2>
      <p class="lead">${words.kernelLead}</p>
      ${fault && html`<p class="warning">${words.unreadable}</p>`}
      ${!answer && !fault && html`<p class="loading">${words.loading}</p>`}
      ${answer && !answer.available && html`<p class="none" title=${answer.unavailable}>${words.kernelUnavailable}</p>`}
      ${answer?.available &&
      html`
        <${States} states=${answer.states} />
        <${Sockets} sockets=${answer.sockets} inode=${inode} pointAt=${pointAt} />
        ${answer.sockets.length < answer.total &&
        html`<p class="note">${words.shownOf(figures.count(answer.sockets.length), figures.count(answer.total))}</p>`}
      `}
    </section>
  `;
}

/** How many sockets are in each state. */
function States({ states }) {
  const { figures } = useTongue();
  return html`
    <ul class="states">
      ${Object.entries(states).flatMap(([protocol, counts]) =>
        Object.entries(counts).map(
          ([state, count]) => html`
            <li key="${protocol} ${state}"><${Tag} protocol=${protocol} /> <code>${state}</code> <b>${figures.count(count)}</b></li>
          `,
        ),
      )}
    </ul>
  `;
}

function Sockets({ sockets, inode, pointAt }) {
  const { words } = useTongue();
  const head = (label, about, figure) =>
    html`<th scope="col" class=${figure ? 'figure' : ''} title=${about && words[about]}>${words[label]}</th>`;
  return html`
    <div class="scroll" role="region" tabindex="0" aria-labelledby="kernel-caption">
      <table class="socket-table">
        <caption id="kernel-caption" class="unseen">${words.kernelCaption}</caption>
        <thead>
          <tr>
            ${head('protocolState')} ${head('columnLocal')} ${head('columnQueues', 'aboutQueues', true)}
            ${head('columnAccept', 'aboutAccept', true)} ${head('columnDropped', 'aboutDrops', true)}
            ${head('inodeOwner', null, true)}
          </tr>
        </thead>
        <tbody>
          ${sockets.map(
            (socket) => html`<${SocketRow} key=${nameOf(socket)} pointed=${isPointed(socket, inode)} ...${{ socket, pointAt }} />`,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** A socket that no process holds any more (TIME_WAIT) has inode 0. */
function isPointed(socket, inode) {
  return inode !== null && inode !== 0 && socket.inode === inode;
}

function nameOf(socket) {
  return `${socket.protocol} ${socket.local} ${socket.remote} ${socket.inode}`;
}

function SocketRow({ socket, pointed, pointAt }) {
  const { words, figures } = useTongue();
  const queues = [
    [words.queueReceive, socket.receiveQueueBytes],
    [words.queueTransmit, socket.transmitQueueBytes],
  ];
  const accept = socket.acceptQueueMax === null ? NONE : words.ofMost(figures.count(socket.acceptQueue), figures.count(socket.acceptQueueMax));
  return html`
    <tr
      id=${socket.inode ? `inode-${socket.inode}` : undefined}
      class="${pointed ? 'pointed' : ''} ${socket.remote === null ? 'listening' : ''}"
      onMouseEnter=${() => pointAt(socket.inode || null)}
      onMouseLeave=${() => pointAt(null)}
    >
      <td><${Tag} protocol=${socket.protocol} /><br /><code>${socket.state}</code></td>
      <td class="address">${socket.local}<br /><span class="remote">${socket.remote === null ? words.anyRemote : `← ${socket.remote}`}</span></td>
      <td class="figure" title=${queues.map(([name, bytes]) => `${name}: ${figures.count(bytes)}`).join(', ')}>
        ${queues.map(([, bytes]) => figures.count(bytes)).join(' / ')}
      </td>
      <td class="figure">${accept}</td>
      <td class="figure ${socket.drops > 0 ? 'dropped' : ''}">${figures.count(socket.drops)}</td>
      <td class="figure">${socket.inode || NONE}<br /><span class="remote">${socket.ours ? words.ours : words.notOurs}</span></td>
    </tr>
  `;
}

export function Beside({ answer, protocols }) {
  const { words, figures } = useTongue();
  const counters = answer?.available ? answer.counters : null;
  const known = rowsOf(counters ?? {});
  const shown = new Set(known.flatMap(({ names }) => names));
  const others = Object.keys(counters ?? {}).filter((name) => !shown.has(name));
  return html`
    <section class="card counters" aria-labelledby="beside-title">
      <h2 id="beside-title">${words.besideTitle}</h2>
      <p class="lead">${words.besideLead}</p>
      ${answer && !answer.available && html`<p class="none">${words.kernelUnavailable}</p>`}
      ${counters &&
      html`
        <div class="scroll" role="region" tabindex="0" aria-labelledby="beside-caption">
          <table class="counter-table">
            <caption id="beside-caption" class="unseen">${words.besideCaption}</caption>
            <thead>
              <tr>
                <th scope="col">${words.counter}</th>
                <th scope="col" class="figure">${words.kernelCount}</th>
                <th scope="col" class="figure">${words.ourCount}</th>
              </tr>
            </thead>
            <tbody>
              ${known.map(
                ({ names, sum, meaning, ours }) => html`
                  <tr key=${meaning}>
                    <th scope="row"><code>${names.join(' + ')}</code><span>${words[`meaning_${meaning}`]}</span></th>
                    <td class="figure">${figures.count(sum)}</td>
                    <td class="figure">${ours ? figures.count(ours(protocols)) : NONE}</td>
                  </tr>
                `,
              )}
            </tbody>
          </table>
        </div>
        ${others.length > 0 &&
        html`
          <details>
            <summary>${words.otherCounters(others.length)}</summary>
            <dl class="other-counters">
              ${others.map((name) => html`<div key=${name}><dt><code>${name}</code></dt><dd>${figures.count(counters[name])}</dd></div>`)}
            </dl>
          </details>
        `}
      `}
    </section>
  `;
}
