// The search box of the codebook: shows the fields that hold every word typed, and the forms that have any.

"use strict";

const box = document.getElementById("search");
const found = document.getElementById("found");
const nothing = document.getElementById("nothing");
const plain = (text) => text.normalize("NFKC").toLowerCase();

const forms = [...document.querySelectorAll("section.form")].map((section) => {
  const heading = plain(`${section.querySelector("h2").textContent} ${section.querySelector(".about").textContent}`);
  const rows = [];
  let header = null;
  for (const row of section.querySelectorAll("tbody tr")) {
    if (row.classList.contains("header")) {
      header = { row, fields: [] };
      continue;
    }
    const field = { row, text: `${plain(row.textContent)} ${heading}` };
    header?.fields.push(field);
    rows.push({ ...field, header });
  }
  const link = document.querySelector(`nav a[href="#${section.id}"]`).closest("li");
  return { section, rows, link };
});

function search() {
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { section, rows, link } of forms) {
    const kept = rows.filter(({ row, text }) => {
      row.hidden = !words.every((word) => text.includes(word));
      return !row.hidden;
    });
    for (const { header } of rows) {
      if (header) header.row.hidden = header.fields.every(({ row }) => row.hidden);
    }
    section.hidden = kept.length === 0;
    link.hidden = section.hidden;
    count += kept.length;
  }
  document.querySelector("section.missing")?.toggleAttribute("hidden", words.length > 0);
  nothing.hidden = count > 0;
  found.textContent = words.length ? found.dataset.found.replace("{number}", String(count)) : "";
}

// A link to a field that the search hides ends the search.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest("[hidden]")) return;
  box.value = "";
  search();
  target.scrollIntoView();
}

box.addEventListener("input", () => {
  search();
  window.scrollTo(0, 0);
});
window.addEventListener("hashchange", reveal);
if (box.value) search();
