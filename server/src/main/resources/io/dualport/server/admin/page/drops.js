/** What got no reply, why connections ended, and what else is counted: each with its sentence. */

import { CLOSES, DROPS, OTHERS } from './counters.js';
import { html } from './vendor/htm-preact.js';
import { Tag, droppedByKernel } from './port.js';
import { useTongue } from './tongue.js';

/** Our own reasons, and the kernel's where it tells: its drops never reach the server, so no counter of ours has them. */
export function Drops({ udp, guard, kernel }) {
  const { words } = useTongue();
  const byKernel = droppedByKernel(kernel);
  return html`
    <section class="card drops" aria-labelledby="drops-title">
      <h2 id="drops-title">${words.dropsTitle}</h2>
      <p class="lead">${words.dropsLead}</p>
      ${!guard && html`<p class="warning">${words.guardOff}</p>`}
      <${Counted}
        names=${byKernel === null ? DROPS : ['droppedByKernel', ...DROPS]}
        counters=${{ ...udp, droppedByKernel: byKernel }}
        protocol="udp"
        kind="drop"
        none=${kernel === null ? words.loading : words.noDrops}
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

/** Every counter that has no place above: none is counted in vain. */
export function Others({ protocols }) {
  const { words } = useTongue();
  return html`
    <section class="card others" aria-labelledby="others-title">
      <h2 id="others-title">${words.othersTitle}</h2>
      <p class="lead">${words.othersLead}</p>
      ${['tcp', 'udp'].map(
        (protocol) => html`
          <h3 key=${protocol}><${Tag} protocol=${protocol} /></h3>
          <${List}
            names=${OTHERS.filter((name) => name in protocols[protocol])}
            counters=${protocols[protocol]}
            protocol=${protocol}
            kind="other"
          />
        `,
      )}
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
