// What the sandbox's own pages do beside the forms: nothing here is needed to enter data.
(() => {
  "use strict";
  document.addEventListener("licats:language", (event) => {
    const key = encodeURIComponent(event.detail);
    document.cookie = `licats_language=${key}; path=/; SameSite=Strict`;
  });
  const entry = document.querySelector("form[data-entry]");
  if (!entry) return;
  let touched = false;
  entry.addEventListener("input", () => { touched = true; });
  entry.addEventListener("change", () => { touched = true; });
  entry.addEventListener("submit", (event) => { if (!event.defaultPrevented) touched = false; });
  for (const one of document.querySelectorAll("[data-cancel]")) {
    one.addEventListener("click", () => { touched = false; });
  }
  addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
})();
