/** Runs all tests of this folder in the browser named by BROWSER, with the built package. One process shares one browser. */
import { after } from 'node:test';
import { closeBrowser, writeResults } from './browser.js';
import './engine.js';
import './microphone.js';
import './dictation.js';
import './video.js';
import './offline.js';
import './web-speech.js';

after(async () => {
  try {
    await writeResults();
  } finally {
    await closeBrowser();
  }
});
