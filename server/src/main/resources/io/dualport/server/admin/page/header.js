/** The bar on top: what this is, how it is, language and theme; and the notice of a restart. */

import { html } from './vendor/htm-preact.js';
import { useTongue } from './tongue.js';

/** One of a few, as buttons side by side. */
export function Choice({ label, options, value, choose, name }) {
  return html`
    <div class="choice" role="group" aria-label=${label} data-choice=${name}>
      ${options.map(
        (option) => html`
          <button
            type="button"
            key=${option.value}
            aria-pressed=${option.value === value ? 'true' : 'false'}
            lang=${option.lang}
            data-value=${option.value}
            onClick=${() => choose(option.value)}
          >
            ${option.text}
          </button>
        `,
      )}
    </div>
  `;
}

export function Header({ state, polled, language, chooseLanguage, theme, chooseTheme }) {
  const { words } = useTongue();
  return html`
    <header class="top">
      <p class="brand"><b>Dualport</b> <span>${words.tagline}</span></p>
      <p class="state" data-state=${state} role="status">
        <b>${words[`state_${state}`]}</b> <span>${words[`says_${state}`]} ${polled && words.saysPolled}</span>
      </p>
      <div class="choices">
        <${Choice}
          name="lang"
          label=${words.language}
          value=${language}
          choose=${chooseLanguage}
          options=${[
            { value: 'en', text: 'English', lang: 'en' },
            { value: 'zh', text: '中文', lang: 'zh-CN' },
          ]}
        />
        <${Choice}
          name="theme"
          label=${words.theme}
          value=${theme}
          choose=${chooseTheme}
          options=${[
            { value: 'auto', text: words.themeAuto },
            { value: 'light', text: words.themeLight },
            { value: 'dark', text: words.themeDark },
          ]}
        />
      </div>
    </header>
  `;
}

/** Says that the server began again, until it is read. The region is there before it is filled, as readers need. */
export function Notice({ time, dismiss }) {
  const { words, figures } = useTongue();
  return html`
    <div class="notice-place" aria-live="polite">
      ${time &&
      html`
        <div class="notice">
          <p>${words.restarted(figures.time(time))}</p>
          <button type="button" onClick=${dismiss}>${words.dismiss}</button>
        </div>
      `}
    </div>
  `;
}
