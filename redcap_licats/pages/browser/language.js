// All texts of the page stand in it in every language; one is shown.

function setLanguage(page, key) {
  page.language = key;
  document.documentElement.lang = key;
  for (const form of page.forms) form.root.lang = key;
  for (const one of document.querySelectorAll(".t[lang]")) one.hidden = one.lang !== key;
  for (const one of document.querySelectorAll("[data-t]")) {
    const text = JSON.parse(one.dataset.t)[key];
    if (text !== undefined) one.textContent = text;
  }
  for (const view of page.views.values()) {
    showMessage(page, view);
    showMissing(page, view);
    showLeft(page, view);
  }
  showPipes(page);
  for (const one of document.querySelectorAll("[data-language-choice] select")) one.value = key;
  document.dispatchEvent(new CustomEvent("licats:language", { detail: key }));
}

function offerLanguages(page) {
  const { languages, displays } = page.config;
  for (const place of document.querySelectorAll("[data-language-choice]")) {
    place.hidden = languages.length < 2;
    if (place.hidden) continue;
    const label = document.createElement("label");
    const select = document.createElement("select");
    label.append(...ownTexts(page, "language"), " ", select);
    for (const key of languages) {
      const option = new Option(displays[key], key);
      option.lang = key;
      select.append(option);
    }
    select.value = page.language;
    select.addEventListener("change", () => setLanguage(page, select.value));
    place.replaceChildren(label);
  }
}

// One of the pages' own texts in all languages, as in the markup.
function ownTexts(page, key, values = {}) {
  return page.config.languages.map((language) => {
    const span = document.createElement("span");
    span.className = "t";
    span.lang = language;
    span.hidden = language !== page.language;
    span.textContent = filled(page.config.texts[language][key], values);
    return span;
  });
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
