/** The kernel's own rows for the port, and its counters beside ours. */

import { html } from './vendor/htm-preact.js';
import { NONE } from './figures.js';
import { Tag } from './port.js';
import { useTongue } from './tongue.js';

/** Faults that cannot be told apart are folded away until they count. */
function isTelling({ all, ours }) {
  return all > 0 || ours !== null;
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

export function Beside({ answer }) {
  const { words, figures } = useTongue();
  const counters = answer?.available ? answer.counters : null;
  const shares = (counters ? answer.shares : []).filter(isTelling);
  const shown = new Set(shares.flatMap((share) => share.counters));
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
                <th scope="col" class="figure">${words.othersCount}</th>
              </tr>
            </thead>
            <tbody>
              ${shares.map(
                (share) => html`
                  <tr key=${share.key} data-share=${share.key}>
                    <th scope="row"><code>${share.counters.join(' + ')}</code><span>${words[`share_${share.key}`]}</span></th>
                    <td class="figure">${figures.count(share.all)}</td>
                    <td class="figure">${figures.count(share.ours)}</td>
                    <td class="figure">${figures.count(share.others)}</td>
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
