/** The five-tuple table: what it asks, its controls, its pages. */

import { html, useEffect, useState } from './vendor/htm-preact.js';
import { Choice } from './header.js';
import { usePoll } from './poll.js';
import {
  MOST_FILTER_LENGTH,
  PAGE_SIZES,
  STATES,
  ask,
  besideTwin,
  fromAddress,
  onlyTwins,
  sortBy,
  toAddress,
  turnTo,
  typed,
  url,
} from './question.js';
import { FlowTable } from './rows.js';
import { useTongue } from './tongue.js';
import { pairs } from './twins.js';

const EVERY_MILLIS = 1_000;
const TYPING_MILLIS = 350;

export function Flows({ snapshot, inode, pointAt, tall }) {
  const { words } = useTongue();
  const [question, setQuestion] = useState(() => fromAddress(location.search));
  const [paused, setPaused] = useState(false);
  const { answer, before, fault } = usePoll(url(question), EVERY_MILLIS, paused);
  const wrong = fault?.parameter === 'peer';

  // So that a reload, or a link that is passed on, shows the same.
  useEffect(() => {
    const address = toAddress(location.href, question);
    if (address !== location.href) history.replaceState(null, '', address);
  }, [question]);

  // Flows end while one looks at the last page.
  useEffect(() => {
    if (answer && answer.flows.length === 0 && answer.total > 0) setQuestion((last) => turnTo(last, last.offset, answer.total));
  }, [answer]);

  return html`
    <section class="card flows" id="flows" tabindex="-1" aria-labelledby="flows-title">
      <h2 id="flows-title">${words.flowsTitle}</h2>
      ${tall && html`<p class="lead">${words.flowsLead}</p>`}
      <div class="bar">
        <${Controls} ...${{ question, setQuestion, paused, setPaused, wrong }} />
        ${answer && html`<${Pager} ...${{ question, setQuestion, answer }} />`}
      </div>
      ${fault && !wrong && html`<p class="warning">${words.unreadable}</p>`}
      ${answer &&
      html`
        <${TwinsSay} flows=${answer.flows} />
        <${FlowTable}
          ...${{ answer, before, inode, pointAt, question }}
          sort=${(column) => setQuestion((last) => sortBy(last, column))}
          showTwin=${(source) => setQuestion((last) => besideTwin(last, source))}
        />
        ${answer.total === 0 && html`<${Nothing} ...${{ question, snapshot }} />`}
        <p class="note">${!tall && words.flowsLead} ${words.rttNote}</p>
      `}
      ${!answer && !fault && html`<p class="loading">${words.loading}</p>`}
    </section>
  `;
}

function Controls({ question, setQuestion, paused, setPaused, wrong }) {
  const { words } = useTongue();
  const set = (change) => setQuestion((last) => ask(last, change));
  return html`
    <div class="controls">
      <${Choice}
        name="protocol"
        label=${words.filterProtocol}
        value=${question.protocol}
        choose=${(protocol) => set({ protocol })}
        options=${[
          { value: '', text: words.both },
          { value: 'tcp', text: words.tcp },
          { value: 'udp', text: words.udp },
        ]}
      />
      <${Choice}
        name="state"
        label=${words.filterState}
        value=${question.state}
        choose=${(state) => set({ state })}
        options=${STATES.map((value) => ({ value, text: words[`state_${value}`] }))}
      />
      <label class="check">
        <input
          type="checkbox"
          checked=${question.twins}
          onChange=${(event) => setQuestion((last) => onlyTwins(last, event.target.checked))}
        />
        ${words.twinsOnly}
      </label>
      <${Filter} words=${typed(question)} setWords=${(match) => set({ match, peer: '' })} wrong=${wrong} />
      <button type="button" class="pause" aria-pressed=${paused ? 'true' : 'false'} onClick=${() => setPaused(!paused)}>
        ${paused ? words.resume : words.pause}
      </button>
    </div>
  `;
}

/** Asks when typing rests, not at every letter. */
function Filter({ words: asked, setWords, wrong }) {
  const { words } = useTongue();
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (text.trim() === asked) return undefined;
    const rest = setTimeout(() => setWords(text.trim()), TYPING_MILLIS);
    return () => clearTimeout(rest);
  }, [text]);
  return html`
    <label class="match">
      <span>${words.filter}</span>
      <input
        type="search"
        name="match"
        maxlength=${MOST_FILTER_LENGTH}
        autocomplete="off"
        spellcheck=${false}
        value=${text}
        placeholder=${words.filterHint}
        title=${words.filterTitle}
        aria-invalid=${wrong ? 'true' : 'false'}
        aria-describedby="match-wrong"
        onInput=${(event) => setText(event.target.value)}
      />
      <span id="match-wrong" class="wrong">${wrong ? words.peerWrong : ''}</span>
    </label>
  `;
}

function Pager({ question, setQuestion, answer }) {
  const { words, figures } = useTongue();
  const { total, offset, limit, flows } = answer;
  const turn = (to) => () => setQuestion((last) => turnTo(last, to, total));
  const step = (name, sign, to, possible) => html`
    <button type="button" aria-label=${words[name]} title=${words[name]} data-page=${name} disabled=${!possible} onClick=${turn(to)}>
      ${sign}
    </button>
  `;
  const more = offset + flows.length < total;
  return html`
    <nav class="pager" aria-label=${words.pager}>
      ${step('first', '«', 0, offset > 0)} ${step('previous', '‹', offset - limit, offset > 0)}
      <span class="range">
        ${flows.length > 0 &&
        words.range(figures.count(offset + 1), figures.count(offset + flows.length), figures.count(total))}
      </span>
      ${step('next', '›', offset + limit, more)} ${step('last', '»', total, more)}
      <label class="rows">
        ${words.rows}
        <select
          value=${String(question.limit)}
          onChange=${(event) => setQuestion((last) => ask(last, { limit: Number(event.target.value) }))}
        >
          ${PAGE_SIZES.map((size) => html`<option key=${size} value=${String(size)}>${size}</option>`)}
        </select>
      </label>
    </nav>
  `;
}

function TwinsSay({ flows }) {
  const { words } = useTongue();
  const count = pairs(flows).filter((place) => place === 'first').length;
  return count > 0 ? html`<p class="twins-say"><i aria-hidden="true">≠</i> ${words.twinsSay(count)}</p>` : null;
}

function Nothing({ question, snapshot }) {
  const { words } = useTongue();
  const filtered = question.protocol || typed(question) || question.twins || question.state !== 'live';
  return filtered
    ? html`<p class="none">${words.noneMatch}</p>`
    : html`<p class="none">${words.noFlows} <code>dual-client send 127.0.0.1:${snapshot.port}</code></p>`;
}
