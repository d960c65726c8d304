// The preview around the forms: which one is shown, how it is printed. Nothing leaves the page.
(() => {
  "use strict";
  const root = document.documentElement;
  const pages = [...document.querySelectorAll("form.page")];
  const links = [...document.querySelectorAll("nav a")];

  function showForm(name, focus) {
    const wanted = pages.find((page) => page.id === name) ?? pages[0];
    for (const page of pages) page.classList.toggle("current", page === wanted);
    for (const link of links) {
      if (link.hash === `#${wanted.id}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (focus) {
      wanted.querySelector("h2").focus();
      window.scrollTo(0, document.querySelector(".columns").offsetTop);
    }
  }

  function setView(view) {
    root.dataset.view = view;
    for (const one of document.querySelectorAll("#view input")) one.checked = one.value === view;
  }

  // A dropdown on paper: its answers as a list to tick.
  function paperLists() {
    for (const select of document.querySelectorAll(".licats-form select")) {
      let list = select.parentElement.querySelector("ul.paper");
      if (!list) {
        list = document.createElement("ul");
        list.className = "paper";
        list.setAttribute("aria-hidden", "true");
        select.after(list);
      }
      list.replaceChildren(
        ...[...select.options]
          .filter((option) => option.value !== "")
          .map((option) => {
            const item = document.createElement("li");
            const code = item.appendChild(document.createElement("code"));
            code.className = "code";
            code.textContent = option.value;
            item.append(option.textContent);
            return item;
          }),
      );
    }
  }

  // The head of each printed page: study and version, and the form that the page belongs to.
  const sheet = document.styleSheets[0];
  const own = sheet.cssRules.length;
  const quoted = (text) => `"${text.replace(/[\\"]/g, "\\$&").replace(/\s+/g, " ").trim()}"`;
  const visible = (element) => {
    const copy = element.cloneNode(true);
    for (const one of copy.querySelectorAll("[hidden]")) one.remove();
    return copy.textContent;
  };
  function pageHeads() {
    while (sheet.cssRules.length > own) sheet.deleteRule(own);
    const head = [document.body.dataset.study, visible(document.getElementById("version")).trim()];
    const study = quoted(head.filter(Boolean).join(" · "));
    for (const page of pages) {
      const name = page.id.replace(/[^a-z0-9_-]/gi, "_");
      const title = quoted(visible(page.querySelector("h2")));
      sheet.insertRule(`@page ${name} { @top-left { content: ${study}; } @top-right { content: ${title}; } }`, own);
      page.style.setProperty("page", name);
    }
  }

  function onLanguage() {
    paperLists();
    pageHeads();
  }

  for (const page of pages) {
    page.addEventListener("submit", (event) => {
      const said = page.querySelector(".passed");
      said.replaceChildren();
      if (!event.defaultPrevented) said.append(page.querySelector(".passed-text").content.cloneNode(true));
      if (!event.defaultPrevented) {
        for (const one of said.querySelectorAll(".t")) one.hidden = one.lang !== root.lang;
      }
      event.preventDefault();
    });
  }
  for (const one of document.querySelectorAll("#view input")) {
    one.addEventListener("change", () => setView(one.value));
  }
  document.getElementById("print").addEventListener("click", () => window.print());
  document.addEventListener("licats:language", onLanguage);
  window.addEventListener("hashchange", () => open(true));

  function open(focus) {
    const hash = decodeURIComponent(window.location.hash.slice(1));
    if (hash === "forms") return document.getElementById("forms").focus();
    if (hash === "blank" || hash === "annotated") setView(hash);
    return showForm(hash, focus);
  }

  root.classList.add("scripted");
  onLanguage();
  open(false);
})();
