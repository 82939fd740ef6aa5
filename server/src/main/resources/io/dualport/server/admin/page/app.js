/** The page: its parts from top to bottom, and what they share. */

import { html, render, useEffect, useState } from './vendor/htm-preact.js';
import { About } from './about.js';
import { Charts } from './charts.js';
import { applyLanguage, applyTheme, keep, language as firstLanguage, theme as firstTheme } from './choices.js';
import { Closes, Drops, Others } from './drops.js';
import { Flows } from './flows.js';
import { Header, Notice } from './header.js';
import { Beside, Kernel } from './kernel.js';
import { usePoll } from './poll.js';
import { Port } from './port.js';
import { Telemetry } from './telemetry.js';
import { Tongue, tongue } from './tongue.js';

const KERNEL_MILLIS = 2_000;
const TALL = matchMedia('(min-height: 1000px)');

function useTelemetry() {
  const [, picture] = useState(0);
  const [telemetry] = useState(() => new Telemetry(() => picture((count) => count + 1)));
  useEffect(() => telemetry.start(), []);
  return telemetry;
}

/** Whether there is room for the charts above the table. Where there is not, the table is what one came for. */
function useTall() {
  const [tall, setTall] = useState(TALL.matches);
  useEffect(() => {
    const look = () => setTall(TALL.matches);
    TALL.addEventListener('change', look);
    return () => TALL.removeEventListener('change', look);
  }, []);
  return tall;
}

/** A choice that is remembered and shown at once. */
function useChoice(name, first, apply) {
  const [value, setValue] = useState(first);
  useEffect(() => apply(value), [value]);
  const choose = (chosen) => {
    keep(name, chosen);
    setValue(chosen);
  };
  return [value, choose];
}

function Page() {
  const telemetry = useTelemetry();
  const [language, chooseLanguage] = useChoice('lang', firstLanguage, applyLanguage);
  const [theme, chooseTheme] = useChoice('theme', firstTheme, applyTheme);
  const [inode, pointAt] = useState(null);
  const tall = useTall();
  const kernel = usePoll('api/kernel', KERNEL_MILLIS);
  const { words } = tongue(language);
  const { snapshot, now, state } = telemetry;
  useEffect(() => telemetry.history.hearKernel(kernel.fault ? null : kernel.answer), [kernel.answer, kernel.fault]);

  useEffect(() => {
    const name = snapshot ? `${snapshot.port} · Dualport` : 'Dualport';
    document.title = state === 'serving' || state === 'connecting' ? name : `${words[`state_${state}`]} · ${name}`;
  }, [snapshot?.port, state, language]);

  const charts = () =>
    html`<${Charts} key="charts" history=${telemetry.history} newest=${now.rates} ...${{ theme, language }} />`;
  const tables = () => html`
    <div class="beside" key="tables">
      <${Flows} ...${{ snapshot, inode, pointAt, tall }} />
      <${Kernel} ...${{ inode, pointAt }} answer=${kernel.answer} fault=${kernel.fault} />
    </div>
  `;

  return html`
    <${Tongue.Provider} value=${tongue(language)}>
      <a class="skip" href="#flows">${words.skip}</a>
      <${Header} polled=${telemetry.polled && telemetry.connected} ...${{ state, language, chooseLanguage, theme, chooseTheme }} />
      <main>
        <${Notice} time=${telemetry.restarted} dismiss=${() => telemetry.forgetRestart()} />
        ${snapshot && now
          ? html`
              <${Port} ...${{ snapshot, now, kernel: kernel.answer }} heard=${telemetry.connected === true} />
              ${tall ? [charts(), tables()] : [tables(), charts()]}
              <div class="reasons">
                <${Drops} udp=${now.protocols.udp} guard=${snapshot.guard} kernel=${kernel.answer} />
                <${Closes} tcp=${now.protocols.tcp} />
                <${Others} protocols=${now.protocols} />
                <${Beside} answer=${kernel.answer} />
              </div>
              <${About} snapshot=${snapshot} now=${now} />
            `
          : html`<p class="loading">${words.loading}</p>`}
      </main>
    <//>
  `;
}

const place = document.getElementById('page');
place.replaceChildren();
render(html`<${Page} />`, place);
