/** What got no reply, and why connections ended: each reason with its sentence. */

import { html } from './vendor/htm-preact.js';
import { DROPS } from './port.js';
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
  return html`
    <section class="card drops" aria-labelledby="drops-title">
      <h2 id="drops-title">${words.dropsTitle}</h2>
      <p class="lead">${words.dropsLead}</p>
      ${!guard && html`<p class="warning">${words.guardOff}</p>`}
      <${Counted}
        names=${DROPS}
        counters=${udp}
        protocol="udp"
        kind="drop"
        none=${words.noDrops}
        others=${words.otherDrops}
        all=${words.allDrops}
      />
    </section>
  `;
}

export function Closes({ tcp }) {
  const { words } = useTongue();
  return html`
    <section class="card closes" aria-labelledby="closes-title">
      <h2 id="closes-title">${words.closesTitle}</h2>
      <p class="lead">${words.closesLead}</p>
      <${Counted}
        names=${CLOSES}
        counters=${tcp}
        protocol="tcp"
        kind="close"
        none=${words.noCloses}
        others=${words.otherCloses}
        all=${words.allCloses}
      />
    </section>
  `;
}

/** What counted something, the most first; what did not is folded away with its explanation. */
function Counted({ names, counters, protocol, kind, none, others, all }) {
  const counted = names.filter((name) => counters[name] > 0).sort((one, other) => counters[other] - counters[one]);
  const silent = names.filter((name) => !(counters[name] > 0));
  return html`
    ${counted.length === 0 && html`<p class="none">${none}</p>`}
    <${List} names=${counted} ...${{ counters, protocol, kind }} />
    ${silent.length > 0 &&
    html`
      <details>
        <summary>${counted.length > 0 ? others(silent.length) : all}</summary>
        <${List} names=${silent} ...${{ counters, protocol, kind }} />
      </details>
    `}
  `;
}

function List({ names, counters, protocol, kind }) {
  const { words, figures } = useTongue();
  if (names.length === 0) return null;
  return html`
    <dl class="reason-list">
      ${names.map(
        (name) => html`
          <div key=${name} class=${counters[name] > 0 ? 'counted' : ''}>
            <dt>${words[`${kind}_${name}`]}</dt>
            <dd class="many" data-count="${protocol}.${name}">${figures.count(counters[name])}</dd>
            <dd>${words[`why_${name}`]}</dd>
          </div>
        `,
      )}
    </dl>
  `;
}
