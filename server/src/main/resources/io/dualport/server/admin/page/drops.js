/** What got no reply, and why connections ended: each reason with its sentence. */

import { html } from './vendor/htm-preact.js';
import { DROPS, droppedOf } from './port.js';
import { useTongue } from './tongue.js';

const CLOSES = [
  'closedByPeer',
  'closedByReset',
  'closedByIdle',
  'closedByDrain',
  'closedByRefusal',
  'closedByError',
  'acceptFailures',
];

export function Drops({ udp, guard }) {
  const { words } = useTongue();
  const counted = DROPS.filter((reason) => udp[reason] > 0).sort((one, other) => udp[other] - udp[one]);
  const silent = DROPS.filter((reason) => !(udp[reason] > 0));
  return html`
    <section class="card drops" aria-labelledby="drops-title">
      <h2 id="drops-title">${words.dropsTitle}</h2>
      <p class="lead">${words.dropsLead}</p>
      ${!guard && html`<p class="warning">${words.guardOff}</p>`}
      ${droppedOf(udp) === 0 && html`<p class="none">${words.noDrops}</p>`}
      <${Reasons} reasons=${counted} udp=${udp} />
      ${silent.length > 0 &&
      html`
        <details>
          <summary>${counted.length > 0 ? words.otherDrops(silent.length) : words.allDrops}</summary>
          <${Reasons} reasons=${silent} udp=${udp} />
        </details>
      `}
    </section>
  `;
}

function Reasons({ reasons, udp }) {
  const { words, figures } = useTongue();
  if (reasons.length === 0) return null;
  return html`
    <dl class="reason-list">
      ${reasons.map(
        (reason) => html`
          <div key=${reason} class=${udp[reason] > 0 ? 'counted' : ''}>
            <dt>${words[`drop_${reason}`]}</dt>
            <dd class="many" data-count="udp.${reason}">${figures.count(udp[reason])}</dd>
            <dd>${words[`why_${reason}`]}</dd>
          </div>
        `,
      )}
    </dl>
  `;
}

export function Closes({ tcp }) {
  const { words, figures } = useTongue();
  return html`
    <section class="card closes" aria-labelledby="closes-title">
      <h2 id="closes-title">${words.closesTitle}</h2>
      <p class="lead">${words.closesLead}</p>
      <dl class="reason-list">
        ${CLOSES.map(
          (cause) => html`
            <div key=${cause} class=${tcp[cause] > 0 ? 'counted' : ''}>
              <dt>${words[`close_${cause}`]}</dt>
              <dd class="many" data-count="tcp.${cause}">${figures.count(tcp[cause])}</dd>
              <dd>${words[`why_${cause}`]}</dd>
            </div>
          `,
        )}
      </dl>
    </section>
  `;
}
