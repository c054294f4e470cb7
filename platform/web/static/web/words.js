// Words for what is live: they stand in the page, in its language, and scripts only choose among them.

const language = document.documentElement.lang;

/** The page's words by key ("status.live"), from its <template data-words>. */
export function wordsOf(root) {
  const words = new Map();
  for (const node of root.querySelector("template[data-words]").content.querySelectorAll("[data-word]")) {
    words.set(node.dataset.word, node.textContent);
  }
  return (key) => words.get(key) ?? "";
}

/** A text that a card gives by language: the page's, or the first there is. */
export function inLanguage(texts) {
  return texts[language] ?? texts[""] ?? Object.values(texts)[0] ?? "";
}

/** Replaces "{name}" in words. */
export function say(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A new list item from the page's blank one. */
export function blank(root, name) {
  return root.querySelector(`template[data-blank="${name}"]`).content.querySelector("li").cloneNode(true);
}
