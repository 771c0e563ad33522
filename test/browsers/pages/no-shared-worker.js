/** Transcribes a recording with every element of the page at once. The test calls it from outside. */
globalThis.transcribeAll = async (url) => {
  await customElements.whenDefined('kyutai-stt');
  const elements = [...document.querySelectorAll('kyutai-stt')];
  return Promise.all(
    elements.map(async (element) => {
      const ended = new Promise((resolve) => element.addEventListener('end', resolve, { once: true }));
      await element.start(new URL(url, document.baseURI));
      await ended;
      const { engineId, loads } = element.engine ?? {};
      return { text: element.words.map(({ text }) => text).join(' '), kind: element.host?.kind, engineId, loads };
    }),
  );
};
