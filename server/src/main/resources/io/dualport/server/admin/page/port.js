/** The port in the middle: two lanes, one number, two sockets. */

import { DROPS, RATED } from './counters.js';
import { html } from './vendor/htm-preact.js';
import { useTongue } from './tongue.js';

/** A lane is full, for the eye, at this many messages a second; below, by the logarithm. */
const FULL_RATE = 100_000;

const LISTENING = { tcp: 'LISTEN', udp: 'UNCONN' };

/** All datagrams that got no reply. */
function droppedOf(udp) {
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

/** Whether TCP carried streams that are no probe and nothing else: then there are no messages, which is not 0. */
export function hasMessages({ messagesIn, reads }) {
  return messagesIn > 0 || !(reads > 0);
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
        <${Lane} protocol="tcp" text=${words.laneTcp} ...${{ now, heard }} />
        <${Lane} protocol="udp" text=${words.laneUdp} ...${{ now, heard }} />
        <div class="number">
          <span>${words.portWord}</span> <b>${snapshot.port}</b>
          <p>${words.echoes}</p>
        </div>
        <${Socket} protocol="tcp" title=${words.socketTcp} ...${{ snapshot, now, kernel }} />
        <${Socket} protocol="udp" title=${words.socketUdp} ...${{ snapshot, now, kernel }} />
      </div>
    </section>
  `;
}

function Lane({ protocol, text, now, heard }) {
  const { words, figures } = useTongue();
  const { messagesIn, reads } = now.rates[protocol];
  const messages = hasMessages(now.protocols[protocol]) ? messagesIn : null;
  const most = Math.max(messagesIn, reads ?? 0);
  const flowing = heard && most > 0;
  const fullness = flowing ? Math.min(1, Math.log10(1 + most) / Math.log10(FULL_RATE)) : 0;
  return html`
    <div class="lane ${protocol}">
      <p class="lane-rate">
        <${Tag} protocol=${protocol} /> <b data-rate="${protocol}.messagesIn">${figures.rate(heard ? messages : null)}</b> ${words.perSecondIn}${reads !== undefined &&
        html`, <b data-rate="${protocol}.reads">${figures.rate(heard ? reads : null)}</b> ${words.readsIn}`}
      </p>
      <p class="lane-says">${text}</p>
    </div>
    <div class="pipe ${protocol}" style=${{ '--fullness': String(fullness) }} aria-hidden="true">
      <div class="stream ${flowing ? 'flowing' : ''}"></div>
    </div>
  `;
}

function Socket({ protocol, title, snapshot, now, kernel }) {
  const { words, figures } = useTongue();
  const counters = now.protocols[protocol];
  const count = (name, value = counters[name], title) => html`
    <div title=${title}>
      <dt>${words[name]}</dt>
      <dd data-count="${protocol}.${name}">${figures.count(value)}</dd>
    </div>
  `;
  return html`
    <div class="socket ${protocol}">
      <div class="whose">
        <h2>${title} <${SocketState} protocol=${protocol} kernel=${kernel} /></h2>
        <p class="address">${snapshot.addresses.map((address) => html`<span>${address}</span> `)}</p>
      </div>
      <dl>
        ${RATED.filter((name) => name in counters).map((name) =>
          name.startsWith('messages') && !hasMessages(counters)
            ? count(name, null, words.noMessages)
            : count(name, counters[name], words[`about_${name}`]),
        )}
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
