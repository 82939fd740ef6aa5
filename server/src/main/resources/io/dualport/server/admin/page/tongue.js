/** The words and number formats of the language that is shown, for every part of the page. */

import { createContext, useContext } from './vendor/htm-preact.js';
import { Figures } from './figures.js';
import english from './words.en.js';
import chinese from './words.zh.js';

const TONGUES = {
  en: { words: english, figures: new Figures(english.locale) },
  zh: { words: chinese, figures: new Figures(chinese.locale) },
};

export const Tongue = createContext(TONGUES.en);

/** @param {'en' | 'zh'} language */
export function tongue(language) {
  return TONGUES[language];
}

/** @returns {{words: object, figures: Figures}} */
export function useTongue() {
  return useContext(Tongue);
}
