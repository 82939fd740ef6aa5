/** What a visitor chose: language and theme. Kept in localStorage where that works, never in a cookie. */

const LANGUAGES = ['en', 'zh'];
const THEMES = ['auto', 'light', 'dark'];
const PREFIX = 'dualport.';

/** The URL's word first (?lang=zh&theme=dark), then what was chosen before, then the browser's. */
export function language() {
  const browser = (navigator.language ?? 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';
  return chosen('lang', LANGUAGES) ?? browser;
}

export function theme() {
  return chosen('theme', THEMES) ?? 'auto';
}

/** Shows a theme; auto is the system's, as the style sheets see it. */
export function applyTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function applyLanguage(language) {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Keeps a choice; a browser that forbids it just forgets. */
export function keep(name, value) {
  const url = new URL(location.href);
  if (url.searchParams.has(name)) {
    url.searchParams.set(name, value);
    history.replaceState(null, '', url);
  }
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Storage may be off, or full.
  }
}

function chosen(name, allowed) {
  return [new URL(location.href).searchParams.get(name), kept(name)].find((value) => allowed.includes(value));
}

function kept(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}
