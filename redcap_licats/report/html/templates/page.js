"use strict";
(function () {
  const words = document.body.dataset;

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) {
      return name in values ? values[name] : whole;
    });
  }

  function make(tag, properties, children) {
    const element = Object.assign(document.createElement(tag), properties || {});
    element.append.apply(element, children || []);
    return element;
  }

  /* Numbers by value, texts by the rules of the page's language; cells without a value come last either way. */
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

  function key(row, place, asNumber) {
    const text = row.cells[place].textContent.trim();
    if (!asNumber) {
      return text;
    }
    const number = parseFloat(text.replace(/^[<>\s]+/, ""));
    return Number.isNaN(number) ? "" : number;
  }

  function compare(one, other) {
    return typeof one === "number" && typeof other === "number" ? one - other : collator.compare(one, other);
  }

  function sortBy(table, place, head) {
    const falling = head.getAttribute("aria-sort") === "ascending";
    const asNumber = head.classList.contains("number");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, function (row) {
      return { row: row, key: key(row, place, asNumber) };
    });
    rows.sort(function (one, other) {
      if (one.key === "" || other.key === "") {
        return (one.key === "") - (other.key === "");
      }
      return falling ? compare(other.key, one.key) : compare(one.key, other.key);
    });
    table.querySelectorAll("thead th").forEach(function (other) {
      other.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    body.append.apply(body, rows.map(function (one) { return one.row; }));
  }

  function makeSortable(table) {
    Array.from(table.tHead.rows[0].cells).forEach(function (head, place) {
      const name = head.textContent;
      const button = make("button", { type: "button", textContent: name, title: fill(words.sort, { column: name }) });
      button.addEventListener("click", function () { sortBy(table, place, head); });
      /* heads that are repeated in print are drawn without their buttons */
      head.replaceChildren(button, make("span", { className: "printed", textContent: name }));
    });
  }

  function choices(rows, place) {
    const values = new Set(rows.map(function (row) { return row.cells[place].textContent; }));
    return Array.from(values).filter(Boolean).sort(collator.compare);
  }

  function makeFilters(table) {
    const rows = Array.from(table.tBodies[0].rows);
    const texts = rows.map(function (row) { return row.textContent.toLocaleLowerCase(); });
    const search = make("input", { type: "search" });
    const count = make("output", {});
    const selects = [];
    Array.from(table.tHead.rows[0].cells).forEach(function (head, place) {
      if (!("choices" in head.dataset)) {
        return;
      }
      const values = choices(rows, place);
      if (values.length > 1 && values.length <= 40) {
        const options = [make("option", { value: "", textContent: words.all })].concat(values.map(function (one) {
          return make("option", { value: one, textContent: one });
        }));
        const select = make("select", {}, options);
        selects.push({ select: select, place: place, label: head.textContent });
      }
    });

    function apply() {
      const wanted = search.value.trim().toLocaleLowerCase();
      let shown = 0;
      rows.forEach(function (row, number) {
        const fits = texts[number].includes(wanted) && selects.every(function (one) {
          return one.select.value === "" || row.cells[one.place].textContent === one.select.value;
        });
        row.hidden = !fits;
        shown += fits;
      });
      count.textContent = fill(words.count, { shown: shown, total: rows.length });
    }

    const reset = make("button", { type: "button", textContent: words.reset });
    reset.addEventListener("click", function () {
      search.value = "";
      selects.forEach(function (one) { one.select.value = ""; });
      apply();
    });
    search.addEventListener("input", apply);
    selects.forEach(function (one) { one.select.addEventListener("change", apply); });
    const labels = [make("label", {}, [words.search, search])].concat(selects.map(function (one) {
      return make("label", {}, [one.label, one.select]);
    }));
    const form = make("div", { className: "filters" }, labels.concat([reset, count]));
    table.parentElement.before(form);
    apply();
  }

  function makeLayers(fieldset) {
    const figure = fieldset.closest("figure");
    fieldset.hidden = false;
    fieldset.addEventListener("change", function (event) {
      figure.querySelectorAll(".layer-" + event.target.value).forEach(function (mark) {
        mark.classList.toggle("off", !event.target.checked);
      });
    });
  }

  /* Long tables are folded up on the screen, and unfolded for print and for whoever follows a link into one. */
  const folded = Array.from(document.querySelectorAll("details.folded"));
  let open = [];

  document.querySelectorAll("table.tools").forEach(makeFilters);
  document.querySelectorAll("table.grid").forEach(makeSortable);
  document.querySelectorAll(".layers").forEach(makeLayers);
  folded.forEach(function (one) { one.open = one.querySelector("tbody").rows.length <= 15; });
  window.addEventListener("beforeprint", function () {
    open = folded.map(function (one) { return one.open; });
    folded.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (one, place) { one.open = open[place]; });
  });
})();
