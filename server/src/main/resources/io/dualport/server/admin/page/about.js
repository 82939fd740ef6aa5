/** Who is counting: version, process, limits, how to watch it on the wire. */

import { html } from './vendor/htm-preact.js';
import { span } from './figures.js';
import { isLoopback } from './port.js';
import { useTongue } from './tongue.js';

export function About({ snapshot, now }) {
  const { words, figures } = useTongue();
  const { limits, admin } = snapshot;
  const refused = Object.entries(admin.refused).filter(([, count]) => count > 0);
  const local = snapshot.addresses.every(isLoopback);
  const facts = [
    [words.aboutUptime, span(now.uptimeMillis)],
    [words.aboutAddresses, snapshot.addresses.join(', ')],
    [words.aboutReach, local ? words.reachLocal : words.reachOpen],
    [words.aboutGuard, snapshot.guard ? words.on : words.off],
    [words.aboutTransport, words.transportSays(snapshot.transport, snapshot.eventLoops)],
    [
      words.aboutLimits,
      words.limitsSay(
        figures.count(limits.maxConnections),
        figures.count(limits.maxFlows),
        figures.count(limits.idleTimeoutMillis / 1000),
        figures.bytes(limits.maxPendingBytes),
      ),
    ],
    [words.aboutFilter, html`<code>${snapshot.displayFilter}</code>`],
    [words.aboutVersion, snapshot.version],
    [words.aboutProcess, String(snapshot.pid)],
    [words.aboutInstance, html`<code data-instance>${snapshot.instance}</code>`],
    [
      words.aboutAdmin,
      words.adminSays(
        figures.count(admin.connections),
        figures.count(admin.requests),
        figures.count(admin.framesLost),
      ),
    ],
    ...(refused.length > 0 ? [[words.aboutRefused, html`<${Refused} refused=${refused} />`]] : []),
  ];
  return html`
    <section class="card about" aria-labelledby="about-title">
      <h2 id="about-title">${words.aboutTitle}</h2>
      <dl>
        ${facts.map(([term, fact]) => html`<div key=${term}><dt>${term}</dt><dd>${fact}</dd></div>`)}
      </dl>
    </section>
  `;
}

/** Only what counted, the most first. */
function Refused({ refused }) {
  const { words, figures } = useTongue();
  const most = [...refused].sort(([, one], [, other]) => other - one);
  return html`
    <ul>
      ${most.map(
        ([reason, count]) => html`<li key=${reason} data-refused=${reason}>${words[`refused_${reason}`] ?? reason}: ${figures.count(count)}</li>`,
      )}
    </ul>
  `;
}
