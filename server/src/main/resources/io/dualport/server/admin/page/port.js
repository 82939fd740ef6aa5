/** The port in the middle: two lanes, one number, two sockets. */

import { html } from './vendor/htm-preact.js';
import { useTongue } from './tongue.js';

/** A lane is full, for the eye, at this many messages a second; below, by the logarithm. */
const FULL_RATE = 100_000;

const LISTENING = { tcp: 'LISTEN', udp: 'UNCONN' };

export const DROPS = [
  'droppedSourcePortZero',
  'droppedOwnPort',
  'droppedReflectorPort',
  'droppedMulticastSource',
  'droppedBroadcastSource',
  'droppedGroupDestination',
  'droppedLoop',
  'droppedRate',
  'droppedNoSocketForDestination',
  'droppedOversize',
  'droppedSendError',
];

/** All datagrams that got no reply. */
export function droppedOf(udp) {
  return DROPS.reduce((sum, reason) => sum + (udp[reason] ?? 0), 0);
}

/**
 * Datagrams that the kernel threw away at our own sockets, before the server could read them.
 * @param {object | null} kernel an answer of /api/kernel
 * @returns {number | null} null where the kernel does not tell
 */
export function droppedByKernel(kernel) {
  const ours = kernel?.available ? kernel.sockets.filter((socket) => socket.ours && socket.drops !== null) : [];
  return ours.length > 0 ? ours.reduce((sum, socket) => sum + socket.drops, 0) : null;
}

/** Whether one can reach this address from this machine alone. */
export function isLoopback(address) {
  return address.startsWith('127.') || address === '::1';
}

/** TCP or UDP by its colour and its name. */
export function Tag({ protocol }) {
  const { words } = useTongue();
  return html`<span class="tag ${protocol}">${words[protocol]}</span>`;
}

export function Port({ snapshot, now, kernel, heard }) {
  const { words } = useTongue();
  return html`
    <section class="port" aria-labelledby="port-title">
      <h1 id="port-title">${words.portTitle(snapshot.port)}</h1>
      <p class="lead">${words.portLead(snapshot.port)}</p>
      <div class="gate">
        <${Lane} protocol="tcp" text=${words.laneTcp} rate=${now.rates.tcp.messagesIn} heard=${heard} />
        <${Lane} protocol="udp" text=${words.laneUdp} rate=${now.rates.udp.messagesIn} heard=${heard} />
        <div class="number"><span>${words.portWord}</span> <b>${snapshot.port}</b></div>
        <${Socket} protocol="tcp" title=${words.socketTcp} ...${{ snapshot, now, kernel }} />
        <${Socket} protocol="udp" title=${words.socketUdp} ...${{ snapshot, now, kernel }} />
      </div>
      <p class="note">${words.echoes}</p>
    </section>
  `;
}

function Lane({ protocol, text, rate, heard }) {
  const { words, figures } = useTongue();
  const flowing = heard && rate > 0;
  const fullness = flowing ? Math.min(1, Math.log10(1 + rate) / Math.log10(FULL_RATE)) : 0;
  return html`
    <div class="lane ${protocol}">
      <p class="lane-says"><${Tag} protocol=${protocol} /> ${text}</p>
      <p class="lane-rate">
        <b data-rate="${protocol}.messagesIn">${figures.rate(heard ? rate : null)}</b> ${words.perSecondIn}
      </p>
    </div>
    <div class="pipe ${protocol}" style=${{ '--fullness': String(fullness) }} aria-hidden="true">
      <div class="stream ${flowing ? 'flowing' : ''}"></div>
    </div>
  `;
}

function Socket({ protocol, title, snapshot, now, kernel }) {
  const { words, figures } = useTongue();
  const counters = now.protocols[protocol];
  const count = (name, value = counters[name]) => html`
    <div>
      <dt>${words[name]}</dt>
      <dd data-count="${protocol}.${name}">${figures.count(value)}</dd>
    </div>
  `;
  return html`
    <div class="socket ${protocol}">
      <h2>${title} <${SocketState} protocol=${protocol} kernel=${kernel} /></h2>
      <p class="address">${snapshot.addresses.map((address) => html`<span>${address}</span> `)}</p>
      <dl>
        ${count('messagesIn')} ${count('messagesOut')} ${count('bytesIn')} ${count('bytesOut')}
        ${protocol === 'tcp' ? count('connectionsOpen') : count('flowsLive')}
        ${protocol === 'tcp' ? count('flowsLive') : count('dropped', droppedOf(counters))}
        ${protocol === 'udp' && count('droppedByKernel', droppedByKernel(kernel))}
      </dl>
    </div>
  `;
}

/** LISTEN or UNCONN, in the kernel's word and only where the kernel says so. */
function SocketState({ protocol, kernel }) {
  const states = kernel?.available ? kernel.states[protocol] : null;
  return states?.[LISTENING[protocol]] ? html`<code>${LISTENING[protocol]}</code>` : null;
}
